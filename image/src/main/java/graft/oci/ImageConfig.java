package graft.oci;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.error.GraftException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// What an image says of itself: platform, how to run it, its layers by diffID, its history.
/// Parsed, with the bytes that were hashed; their digest is the image's id.
///
/// Source: OCI image-spec v1.1, config.md, and the fields Docker adds (Healthcheck, OnBuild, Shell,
/// ArgsEscaped).
///
/// @param diffIds bottom first
/// @param history oldest first
public record ImageConfig(
    Raw raw,
    Platform platform,
    Optional<Instant> created,
    String author,
    Settings config,
    List<Digest> diffIds,
    List<History> history) {
  private static final int MAX_LAYERS = 10_000;

  public ImageConfig {
    diffIds = List.copyOf(diffIds);
    history = List.copyOf(history);
  }

  /// The defaults for containers of the image. An empty optional is JSON's `null`, which differs
  /// from an empty list.
  ///
  /// @param exposedPorts `80/tcp`
  public record Settings(
      String user,
      List<String> env,
      Optional<List<String>> entrypoint,
      Optional<List<String>> cmd,
      String workingDir,
      Map<String, String> labels,
      Set<String> exposedPorts,
      Set<String> volumes,
      Optional<String> stopSignal,
      Optional<Healthcheck> healthcheck,
      Optional<List<String>> shell,
      List<String> onBuild,
      boolean argsEscaped) {
    public static final Settings EMPTY =
        new Settings(
            "",
            List.of(),
            Optional.empty(),
            Optional.empty(),
            "",
            Map.of(),
            Set.of(),
            Set.of(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            false);

    public Settings {
      env = List.copyOf(env);
      labels = Map.copyOf(labels);
      exposedPorts = Set.copyOf(exposedPorts);
      volumes = Set.copyOf(volumes);
      onBuild = List.copyOf(onBuild);
    }
  }

  /// `test` begins with NONE, CMD or CMD-SHELL; zero durations and retries mean the default.
  public record Healthcheck(
      List<String> test,
      Duration interval,
      Duration timeout,
      Duration startPeriod,
      Duration startInterval,
      int retries) {
    public Healthcheck {
      test = List.copyOf(test);
    }
  }

  public record History(
      Optional<Instant> created,
      String createdBy,
      String author,
      String comment,
      boolean emptyLayer) {}

  /// The digest of the config, Docker's image id.
  public Digest id() {
    return raw.digest();
  }

  /// The identity of each stack of layers, bottom first; the last is that of the whole image.
  ///
  /// Source: OCI image-spec v1.1, config.md, "Layer ChainID".
  public List<Digest> chainIds() {
    List<Digest> all = new ArrayList<>();
    for (Digest diffId : diffIds) {
      all.add(
          all.isEmpty()
              ? diffId
              : Digest.of((all.getLast() + " " + diffId).getBytes(StandardCharsets.US_ASCII)));
    }
    return all;
  }

  /// Reads a config; CORRUPT if it is none.
  public static ImageConfig parse(byte[] bytes) {
    ObjectNode root = Json.object(bytes, "the image config");
    JsonNode rootfs = root.path("rootfs");
    List<Digest> diffIds = new ArrayList<>();
    if (rootfs.path("diff_ids").size() > MAX_LAYERS) {
      throw GraftException.corrupt("the image config has more than " + MAX_LAYERS + " layers");
    }
    for (JsonNode n : rootfs.path("diff_ids")) {
      if (!Digest.isDigest(n.asText())) {
        throw GraftException.corrupt("the image config has a broken diffID: " + n.asText());
      }
      diffIds.add(Digest.parse(n.asText()));
    }
    List<History> history = new ArrayList<>();
    for (JsonNode n : root.path("history")) {
      history.add(
          new History(
              instant(Json.text(n, "created")),
              Json.text(n, "created_by"),
              Json.text(n, "author"),
              Json.text(n, "comment"),
              n.path("empty_layer").asBoolean(false)));
    }
    return new ImageConfig(
        Raw.of(bytes),
        new Platform(
            Json.text(root, "os").isEmpty() ? "linux" : Json.text(root, "os"),
            Json.text(root, "architecture"),
            Json.text(root, "variant")),
        instant(Json.text(root, "created")),
        Json.text(root, "author"),
        settings(root.path("config")),
        diffIds,
        history);
  }

  /// Reads the `config` object alone, in Docker's casing, as it also stands in API requests.
  public static Settings settings(JsonNode node) {
    if (!node.isObject()) {
      return Settings.EMPTY;
    }
    return new Settings(
        Json.text(node, "User"),
        Json.texts(node, "Env").orElse(List.of()),
        Json.texts(node, "Entrypoint"),
        Json.texts(node, "Cmd"),
        Json.text(node, "WorkingDir"),
        Json.map(node, "Labels"),
        new TreeSet<>(Json.keys(node, "ExposedPorts")),
        new TreeSet<>(Json.keys(node, "Volumes")),
        Optional.of(Json.text(node, "StopSignal")).filter(s -> !s.isEmpty()),
        healthcheck(node.path("Healthcheck")),
        Json.texts(node, "Shell"),
        Json.texts(node, "OnBuild").orElse(List.of()),
        node.path("ArgsEscaped").asBoolean(false));
  }

  private static Optional<Healthcheck> healthcheck(JsonNode node) {
    if (!node.isObject()) {
      return Optional.empty();
    }
    return Optional.of(
        new Healthcheck(
            Json.texts(node, "Test").orElse(List.of()),
            Duration.ofNanos(node.path("Interval").asLong()),
            Duration.ofNanos(node.path("Timeout").asLong()),
            Duration.ofNanos(node.path("StartPeriod").asLong()),
            Duration.ofNanos(node.path("StartInterval").asLong()),
            node.path("Retries").asInt()));
  }

  private static Optional<Instant> instant(String text) {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(OffsetDateTime.parse(text).toInstant());
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }
}
