package graft.docker.container;

import com.fasterxml.jackson.databind.JsonNode;
import graft.container.Container;
import graft.container.ContainerSpec.MountKind;
import graft.container.ContainerSpec.MountRequest;
import graft.container.ContainerSpec.Recursion;
import graft.docker.http.ApiVersion;
import graft.docker.json.Fields;
import graft.error.GraftException;
import graft.runtime.Spec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;

/// `Binds`, `Mounts`, `Tmpfs` and `VolumesFrom`.
final class MountBody {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]*");
  private static final Set<String> PROPAGATIONS =
      Set.of("private", "rprivate", "shared", "rshared", "slave", "rslave");

  /// The words behind the second colon, and what each is about: of each only one may be said.
  private static final Map<String, String> MODES =
      Map.of(
          "ro", "writing",
          "rw", "writing",
          "z", "label",
          "Z", "label",
          "nocopy", "copying",
          "cached", "consistency",
          "delegated", "consistency",
          "consistent", "consistency");

  private static final Set<String> TYPES = Set.of("bind", "volume", "tmpfs", "image");

  /// Options and the type of mount that has them.
  private static final Map<String, String> OPTIONS =
      new TreeMap<>(
          Map.of(
              "BindOptions", "bind",
              "VolumeOptions", "volume",
              "TmpfsOptions", "tmpfs",
              "ImageOptions", "image"));

  private final ApiVersion version;
  private final List<MountRequest> mounts = new ArrayList<>();
  private final List<Spec.Mount> tmpfs = new ArrayList<>();

  private MountBody(ApiVersion version) {
    this.version = version;
  }

  List<MountRequest> mounts() {
    return mounts;
  }

  List<Spec.Mount> tmpfs() {
    return tmpfs;
  }

  /// @param find containers by name or id, for `VolumesFrom`
  static MountBody read(Fields host, Function<String, Container> find, ApiVersion version) {
    MountBody body = new MountBody(version);
    host.texts("Binds").forEach(body::bind);
    for (Fields mount : host.objects("Mounts")) {
      body.mount(mount);
    }
    host.map("Tmpfs")
        .forEach((target, options) -> {
          if (!target.startsWith("/")) {
            throw GraftException.invalid(
                "invalid mount path: '" + target + "' mount path must be absolute");
          }
          if (isRoot(target)) {
            throw GraftException.invalid("invalid specification: destination can't be '/'");
          }
          body.tmpfs.add(
              TmpfsOptions.mount(
                  target, options.isEmpty() ? List.of() : List.of(options.split(","))));
        });
    for (String from : host.texts("VolumesFrom")) {
      body.from(from, find);
    }
    return body;
  }

  // ---- Binds

  private void bind(String spec) {
    String[] parts = spec.split(":", -1);
    if (spec.isEmpty() || parts.length > 3) {
      throw invalidSpec(spec);
    }
    String source = parts.length == 1 ? "" : parts[0];
    String target = parts.length == 1 ? parts[0] : parts[1];
    String mode = parts.length == 3 ? parts[2] : "";
    if ((parts.length > 1 && source.isEmpty()) || target.isEmpty()) {
      throw invalidSpec(spec);
    }
    boolean host = source.startsWith("/");
    String propagation = "";
    boolean readOnly = false;
    boolean noCopy = false;
    Set<String> said = new HashSet<>();
    for (String word : mode.isEmpty() ? new String[0] : mode.split(",")) {
      String about = PROPAGATIONS.contains(word) ? "propagation" : MODES.get(word);
      if (about == null || !said.add(about)) {
        throw GraftException.invalid("invalid mode: " + mode);
      }
      propagation = about.equals("propagation") ? word : propagation;
      readOnly |= word.equals("ro");
      noCopy |= word.equals("nocopy");
    }
    if (host ? noCopy : !propagation.isEmpty()) {
      throw GraftException.invalid(
          "invalid volume specification: '"
              + spec
              + "': invalid mount config for type \""
              + (host ? "bind" : "volume")
              + "\": field "
              + (host ? "VolumeOptions" : "BindOptions")
              + " must not be specified");
    }
    if (!target.startsWith("/")) {
      throw GraftException.invalid(
          "invalid volume specification: '"
              + spec
              + "': invalid mount config for type \""
              + (host ? "bind" : "volume")
              + "\": invalid mount path: '"
              + target
              + "' mount path must be absolute");
    }
    if (isRoot(target)) {
      throw GraftException.invalid(
          "invalid volume specification: '"
              + spec
              + "': invalid mount config for type \""
              + (host ? "bind" : "volume")
              + "\": invalid specification: destination can't be '/'");
    }
    if (!host) {
      checkName(source);
    }
    mounts.add(
        new MountRequest(
            host ? MountKind.BIND : MountKind.VOLUME,
            source,
            target,
            mode,
            readOnly,
            propagation,
            noCopy,
            host,
            "",
            List.of(),
            Map.of(),
            false,
            Map.of(),
            readOnlyReach()));
  }

  private static boolean isRoot(String target) {
    return Path.of(target).normalize().equals(Path.of("/"));
  }

  /// Before API 1.44 read-only did not reach into what is mounted below.
  private Recursion readOnlyReach() {
    return version.atLeast(44) ? Recursion.FULL : Recursion.WRITABLE_BELOW;
  }

  private static GraftException invalidSpec(String spec) {
    return GraftException.invalid("invalid volume specification: '" + spec + "'");
  }

  private static void checkName(String name) {
    if (!name.isEmpty() && !NAME.matcher(name).matches()) {
      throw GraftException.invalid(
          "create "
              + name
              + ": \""
              + name
              + "\" includes invalid characters for a local volume name, only"
              + " \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host"
              + " directory, use absolute path");
    }
  }

  // ---- Mounts

  private void mount(Fields mount) {
    String type = mount.text("Type");
    String target = mount.text("Target");
    String source = mount.text("Source");
    if (!TYPES.contains(type)) {
      throw wrong(type, "mount type unknown");
    }
    OPTIONS.forEach((options, owner) -> {
      if (!owner.equals(type) && mount.has(options)) {
        throw GraftException.invalid(
            options + " must not be specified on mount type \"" + type + "\"");
      }
    });
    checkTarget(type, target);
    boolean readOnly = mount.flag("ReadOnly");
    switch (type) {
      case "bind" -> bindMount(mount, source, target, readOnly);
      case "volume" -> volumeMount(mount, source, target, readOnly);
      case "image" -> imageMount(mount, source, target);
      default -> tmpfsMount(mount, source, target, readOnly);
    }
  }

  private static GraftException wrong(String type, String why) {
    return GraftException.invalid("invalid mount config for type \"" + type + "\": " + why);
  }

  private static void checkTarget(String type, String target) {
    if (target.isEmpty()) {
      throw wrong(type, "field Target must not be empty");
    }
    if (!target.startsWith("/")) {
      throw wrong(type, "invalid mount path: '" + target + "' mount path must be absolute");
    }
    if (isRoot(target)) {
      throw wrong(type, "invalid specification: destination can't be '/'");
    }
  }

  private void bindMount(Fields mount, String source, String target, boolean readOnly) {
    if (source.isEmpty()) {
      throw wrong("bind", "field Source must not be empty");
    }
    if (!source.startsWith("/")) {
      throw wrong("bind", "invalid mount path: '" + source + "' mount path must be absolute");
    }
    Fields options = mount.object("BindOptions");
    String propagation = options.text("Propagation");
    if (!propagation.isEmpty() && !PROPAGATIONS.contains(propagation)) {
      throw wrong("bind", "invalid propagation mode: " + propagation);
    }
    mounts.add(
        new MountRequest(
            MountKind.BIND,
            source,
            target,
            "",
            readOnly,
            propagation,
            false,
            options.flag("CreateMountpoint"),
            "",
            List.of(),
            Map.of(),
            true,
            Map.of(),
            recursion(options, readOnly)));
  }

  private Recursion recursion(Fields options, boolean readOnly) {
    boolean forced = options.flag("ReadOnlyForceRecursive");
    boolean onlyTop = options.flag("ReadOnlyNonRecursive");
    if (!version.atLeast(44)) {
      if (forced) {
        throw GraftException.invalid("BindOptions.ReadOnlyForceRecursive needs API v1.44 or newer");
      }
      onlyTop = readOnly;
    }
    String conflict = "mount options conflict: ";
    if (!readOnly && onlyTop) {
      throw GraftException.invalid(conflict + "!ReadOnly && BindOptions.ReadOnlyNonRecursive");
    }
    if (!readOnly && forced) {
      throw GraftException.invalid(conflict + "!ReadOnly && BindOptions.ReadOnlyForceRecursive");
    }
    if (onlyTop && forced) {
      throw GraftException.invalid(
          conflict + "ReadOnlyNonRecursive && BindOptions.ReadOnlyForceRecursive");
    }
    // Clients older than that option did not mean it.
    if (options.flag("NonRecursive") && version.atLeast(40)) {
      return Recursion.NONE;
    }
    return forced ? Recursion.FORCED : onlyTop ? Recursion.WRITABLE_BELOW : Recursion.FULL;
  }

  private void volumeMount(Fields mount, String source, String target, boolean readOnly) {
    checkName(source);
    Fields options = mount.object("VolumeOptions");
    String subpath = options.text("Subpath");
    if (!subpath.isEmpty() && !version.atLeast(45)) {
      throw GraftException.invalid("VolumeOptions.Subpath needs API v1.45 or newer");
    }
    if (source.isEmpty() && readOnly) {
      throw wrong("volume", "must not set ReadOnly mode when using anonymous volumes");
    }
    if (source.isEmpty() && !subpath.isEmpty()) {
      throw wrong("volume", "must not set Subpath when using anonymous volumes");
    }
    checkSubpath("volume", subpath);
    Fields driver = options.object("DriverConfig");
    checkDriver(source.isEmpty() ? "" : "create " + source + ": ", driver.text("Name"));
    mounts.add(
        new MountRequest(
            MountKind.VOLUME,
            source,
            target,
            "",
            readOnly,
            "",
            options.flag("NoCopy"),
            false,
            subpath,
            List.of(),
            options.map("Labels"),
            true,
            driver.map("Options"),
            readOnlyReach()));
  }

  private static void checkSubpath(String type, String subpath) {
    Path path = Path.of(subpath).normalize();
    if (path.isAbsolute() || path.startsWith("..")) {
      throw wrong(type, "subpath must be a relative path within the volume");
    }
  }

  private void imageMount(Fields mount, String source, String target) {
    if (!version.atLeast(48)) {
      throw GraftException.invalid("Mount type \"Image\" needs API v1.48 or newer");
    }
    if (source.isEmpty()) {
      throw wrong("image", "field Source must not be empty");
    }
    String subpath = mount.object("ImageOptions").text("Subpath");
    checkSubpath("image", subpath);
    mounts.add(
        new MountRequest(
            MountKind.IMAGE,
            source,
            target,
            "",
            true,
            "",
            true,
            false,
            subpath,
            List.of(),
            Map.of(),
            true,
            Map.of(),
            Recursion.FULL));
  }

  /// @param tried what the message begins with
  static void checkDriver(String tried, String name) {
    if (!name.isEmpty() && !name.equals("local")) {
      throw GraftException.notFound(
          tried + "error looking up volume plugin " + name + ": plugin \"" + name + "\" not found");
    }
  }

  private void tmpfsMount(Fields mount, String source, String target, boolean readOnly) {
    if (!source.isEmpty()) {
      throw wrong("tmpfs", "field Source must not be specified");
    }
    Fields options = mount.object("TmpfsOptions");
    List<String> words = new ArrayList<>();
    if (readOnly) {
      words.add("ro");
    }
    if (options.number("SizeBytes") > 0) {
      words.add("size=" + options.number("SizeBytes"));
    }
    if (options.number("Mode") > 0) {
      words.add("mode=" + Long.toOctalString(options.number("Mode")));
    }
    for (JsonNode pair : options.raw("Options")) {
      if (pair.isEmpty() || pair.size() > 2) {
        throw wrong("tmpfs", "invalid option array length");
      }
      String word = pair.get(0).asText();
      if (!word.equals("exec") && !word.equals("noexec")) {
        throw wrong("tmpfs", "invalid option: " + word);
      }
      words.add(
          pair.size() == 2
              ? pair.get(0).asText() + "=" + pair.get(1).asText()
              : pair.path(0).asText());
    }
    tmpfs.add(TmpfsOptions.mount(target, words));
    mounts.add(
        new MountRequest(
            MountKind.TMPFS,
            "",
            target,
            "",
            readOnly,
            "",
            false,
            false,
            "",
            words,
            Map.of(),
            true,
            Map.of(),
            Recursion.FULL));
  }

  // ---- VolumesFrom

  private void from(String spec, Function<String, Container> find) {
    int colon = spec.indexOf(':');
    String mode = colon < 0 ? "rw" : spec.substring(colon + 1);
    String name = colon < 0 ? spec : spec.substring(0, colon);
    if (name.isEmpty()) {
      throw GraftException.invalid("invalid volumes-from specification: '" + spec + "'");
    }
    if (!Set.of("ro", "rw", "z", "Z").contains(mode)) {
      throw GraftException.invalid("invalid mode: " + mode);
    }
    for (Container.MountPoint point : find.apply(name).mounts()) {
      boolean taken = mounts.stream().anyMatch(m -> m.target().equals(point.destination()));
      if (!taken) {
        mounts.add(
            new MountRequest(
                point.kind(),
                point.name().isEmpty() ? point.source() : point.name(),
                point.destination(),
                point.mode(),
                !point.writable() || mode.equals("ro"),
                point.kind() == MountKind.BIND ? point.propagation() : "",
                true,
                false,
                point.subpath(),
                List.of(),
                Map.of(),
                false,
                Map.of(),
                point.recursion()));
      }
    }
  }
}
