package graft.build.dockerfile;

import graft.build.dockerfile.RunMount.Sharing;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The value of a `--mount`: `type=cache,target=/root/.cache`. What a key may be depends on the
/// type that stands before it.
final class MountOptions {
  private static final List<String> TYPES = List.of("bind", "cache", "tmpfs", "secret", "ssh");
  private static final List<String> SHARINGS = List.of("shared", "private", "locked");
  private static final List<String> KEYS =
      List.of(
          "type",
          "from",
          "source",
          "target",
          "readonly",
          "id",
          "sharing",
          "required",
          "size",
          "mode",
          "uid",
          "gid",
          "src",
          "dst",
          "destination",
          "ro",
          "rw",
          "readwrite",
          "env");
  private static final Set<String> WITH_OWNER = Set.of("secret", "ssh", "cache");

  private String type = "bind";
  private String from = "";
  private String source = "";
  private String target = "";
  private String id = "";
  private String sharing = "";
  private @Nullable String env;
  private @Nullable Boolean readOnly;
  private boolean required;
  private OptionalLong size = OptionalLong.empty();
  private OptionalInt mode = OptionalInt.empty();
  private OptionalInt uid = OptionalInt.empty();
  private OptionalInt gid = OptionalInt.empty();

  private MountOptions() {}

  /// What can be said before variables are known: which stage or image it is from. Empty if none.
  ///
  /// @throws DockerfileException that is a variable
  static String from(String option) {
    String from = "";
    for (String field : fields(option)) {
      int equals = field.indexOf('=');
      if (equals > 0 && field.substring(0, equals).equalsIgnoreCase("from")) {
        from = field.substring(equals + 1);
        int dollar = from.indexOf('$');
        if (dollar >= 0 && dollar < from.length() - 1) {
          throw new DockerfileException(
              "'from' doesn't support variable expansion, define alias stage instead");
        }
      }
    }
    return from;
  }

  static RunMount read(String option, Expander expander) {
    MountOptions options = new MountOptions();
    for (String field : fields(option)) {
      int equals = field.indexOf('=');
      if (equals < 0) {
        options.flag(field);
      } else {
        String key = field.substring(0, equals).toLowerCase(Locale.ROOT);
        options.set(key, expander.word(field.substring(equals + 1)), field);
      }
    }
    return options.mount();
  }

  private static List<String> fields(String option) {
    try {
      return Csv.fields(option);
    } catch (DockerfileException e) {
      throw new DockerfileException("failed to parse csv mounts: " + e.getMessage());
    }
  }

  private void flag(String field) {
    String key = field.toLowerCase(Locale.ROOT);
    switch (key) {
      case "readonly", "ro" -> readOnly = true;
      case "readwrite", "rw" -> readOnly = false;
      case "required" -> {
        allowRequired();
        required = true;
      }
      default ->
          throw new DockerfileException("invalid field '" + field + "' must be a key=value pair");
    }
  }

  private void set(String key, String value, String field) {
    switch (key) {
      case "type" -> type = oneOf("mount type", value, TYPES);
      case "from" -> from = value;
      case "source", "src" -> source = value;
      case "target", "dst", "destination" -> target = value;
      case "readonly", "ro" -> readOnly = bool(key, value);
      case "readwrite", "rw" -> readOnly = !bool(key, value);
      case "required" -> {
        allowRequired();
        required = bool(key, value);
      }
      case "size" -> {
        if (!type.equals("tmpfs")) {
          throw unexpected("size");
        }
        size = OptionalLong.of(GoText.bytes(value).orElseThrow(() -> invalid(key, value)));
      }
      case "id" -> id = value;
      case "sharing" -> sharing = oneOf("sharing value", value, SHARINGS);
      case "mode" -> mode = number(key, value, 8);
      case "uid" -> uid = number(key, value, 10);
      case "gid" -> gid = number(key, value, 10);
      case "env" -> env = value;
      default ->
          throw new DockerfileException(
              Suggestion.append("unexpected key '" + key + "' in '" + field + "'", key, KEYS));
    }
  }

  private void allowRequired() {
    if (!type.equals("secret") && !type.equals("ssh")) {
      throw unexpected("required");
    }
  }

  private DockerfileException unexpected(String key) {
    return new DockerfileException("unexpected key '" + key + "' for mount type '" + type + "'");
  }

  private static DockerfileException invalid(String key, String value) {
    return new DockerfileException("invalid value for " + key + ": " + value);
  }

  private static boolean bool(String key, String value) {
    return GoText.bool(value).orElseThrow(() -> invalid(key, value));
  }

  private static OptionalInt number(String key, String value, int radix) {
    return OptionalInt.of(
        GoText.uint32(value, radix)
            .orElseThrow(() -> new DockerfileException("invalid value " + value + " for " + key)));
  }

  private static String oneOf(String what, String value, List<String> known) {
    String lower = value.toLowerCase(Locale.ROOT);
    if (!known.contains(lower)) {
      throw new DockerfileException(
          Suggestion.append("unsupported " + what + " " + GoText.quote(value), value, known));
    }
    return lower;
  }

  private RunMount mount() {
    if (!WITH_OWNER.contains(type)) {
      forbid(mode, "mode");
      forbid(uid, "uid");
      forbid(gid, "gid");
    }
    if (type.equals("secret")) {
      checkSecret();
    }
    if (!sharing.isEmpty() && !type.equals("cache")) {
      throw new DockerfileException("invalid cache sharing set for " + type + " mount");
    }
    boolean writable = type.equals("cache") || type.equals("tmpfs");
    boolean ro = readOnly == null ? !writable : readOnly;
    return switch (type) {
      case "bind" -> new RunMount.Bind(from, source, target, ro);
      case "cache" ->
          new RunMount.Cache(
              id.isEmpty() ? Paths.clean(target) : id,
              target,
              sharing(),
              from,
              source,
              mode,
              uid,
              gid,
              ro);
      case "tmpfs" -> new RunMount.Tmpfs(target, size, ro);
      case "secret" ->
          new RunMount.Secret(
              secretId(), target, Optional.ofNullable(env), required, mode, uid, gid, ro);
      case "ssh" -> {
        if (!source.isEmpty()) {
          throw new DockerfileException("ssh does not support source");
        }
        yield new RunMount.Ssh(id.isEmpty() ? "default" : id, target, required, mode, uid, gid, ro);
      }
      default -> throw new IllegalStateException(type);
    };
  }

  private void forbid(OptionalInt given, String key) {
    if (given.isPresent()) {
      throw new DockerfileException(
          key + " not allowed for " + GoText.quote(type) + " type mounts");
    }
  }

  private void checkSecret() {
    if (!from.isEmpty()) {
      throw new DockerfileException("secret mount should not have a from");
    }
    if (!sharing.isEmpty()) {
      throw new DockerfileException("secret mount should not define sharing");
    }
    if (source.isEmpty() && target.isEmpty() && id.isEmpty()) {
      throw new DockerfileException("invalid secret mount. one of source, target required");
    }
    if (!source.isEmpty() && !id.isEmpty()) {
      throw new DockerfileException("both source and id can't be set");
    }
  }

  private String secretId() {
    if (!source.isEmpty()) {
      return source;
    }
    return id.isEmpty() ? Paths.base(target) : id;
  }

  private Sharing sharing() {
    return switch (sharing) {
      case "private" -> Sharing.PRIVATE;
      case "locked" -> Sharing.LOCKED;
      default -> Sharing.SHARED;
    };
  }
}
