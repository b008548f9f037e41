package graft.cli.build;

import graft.cli.verb.Line;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What becomes of a build: one value of `--output`. What the attributes mean the engine knows, and
/// refuses those it does not.
///
/// What differs from one to another are methods: a switch over types spins classes when it is first
/// run, and each build would wait 20 ms for them.
sealed interface Export {
  /// Of an annotation that is not for the manifest, or not for all of them.
  String PLACE = "(manifest-descriptor|index-descriptor|index|manifest(?=\\[))(\\[[^\\]]*])?:";

  /// Kept by the engine, or pushed by it.
  record Image(Map<String, String> attributes) implements Export {
    boolean pushes() {
      return List.of("", "true", "1").contains(attributes.getOrDefault("push", "false"));
    }

    boolean hasNames() {
      return attributes.containsKey("name");
    }

    @Override
    public String type() {
      return "image";
    }

    @Override
    public Image named(Line line) {
      return new Image(Export.named(line, attributes));
    }
  }

  /// The file system, as files of this machine's.
  record Directory(Path directory) implements Export {
    @Override
    public String type() {
      return "files";
    }

    @Override
    public Map<String, String> attributes() {
      return Map.of();
    }
  }

  /// The file system.
  ///
  /// @param file empty for standard output
  record Tar(Optional<Path> file) implements Export {
    @Override
    public String type() {
      return "files";
    }

    @Override
    public Map<String, String> attributes() {
      return Map.of();
    }

    @Override
    public boolean isStandardOutput() {
      return file.isEmpty();
    }
  }

  /// The image as a tar that can be loaded.
  ///
  /// @param type `docker` or `oci`
  /// @param file empty for standard output
  record Archive(String type, Optional<Path> file, Map<String, String> attributes)
      implements Export {
    @Override
    public boolean isStandardOutput() {
      return file.isEmpty();
    }

    @Override
    public Archive named(Line line) {
      return new Archive(type, file, Export.named(line, attributes));
    }
  }

  /// What the engine is asked for: `image`, `docker`, `oci` or `files`.
  String type();

  /// For the engine.
  Map<String, String> attributes();

  default boolean isStandardOutput() {
    return false;
  }

  /// With what the line says of all images.
  default Export named(Line line) {
    return this;
  }

  /// All that are asked for: `--output`, `--push`, `--load`; the image alone if nothing is said.
  static List<Export> of(Line line) {
    List<Export> all = new ArrayList<>();
    line.list("--output").forEach(text -> all.add(of(text, line)));
    boolean push = line.flag("--push");
    boolean image = all.stream().anyMatch(e -> e instanceof Image);
    if (!image && (push || line.flag("--load") || all.isEmpty())) {
      all.add(new Image(Map.of()));
    }
    if (push) {
      all.replaceAll(e -> e instanceof Image i ? new Image(with(i.attributes(), "push")) : e);
    }
    if (all.stream().filter(Export::isStandardOutput).count() > 1) {
      throw line.refuse("only one --output can go to standard output");
    }
    all.replaceAll(e -> e.named(line));
    if (all.stream().anyMatch(e -> e instanceof Image i && i.pushes() && !i.hasNames())) {
      throw line.refuse("--push needs a name: -t HOST/NAME");
    }
    return all;
  }

  /// `DIR`, `-`, or `type=…,…`.
  private static Export of(String text, Line line) {
    if (!text.contains("=")) {
      return text.equals("-") ? new Tar(Optional.empty()) : new Directory(Path.of(text));
    }
    Map<String, String> attributes = new LinkedHashMap<>(Keys.of(line, "--output", text));
    String type = attributes.getOrDefault("type", "");
    String dest = attributes.getOrDefault("dest", "");
    attributes.remove("type");
    attributes.remove("dest");
    Optional<Path> file =
        dest.isEmpty() || dest.equals("-") ? Optional.empty() : Optional.of(Path.of(dest));
    return switch (type) {
      case "local" -> {
        refuseAttributes(line, text, attributes);
        yield new Directory(
            file.orElseThrow(() -> line.refuse("--output type=local needs a dest=DIRECTORY")));
      }
      case "tar" -> {
        refuseAttributes(line, text, attributes);
        yield new Tar(file);
      }
      case "oci" -> new Archive(type, file, attributes);
      case "docker" -> dest.isEmpty() ? new Image(attributes) : new Archive(type, file, attributes);
      case "image" -> new Image(attributes);
      case "registry" -> new Image(with(attributes, "push"));
      default ->
          throw line.refuse(
              "--output has no type '"
                  + type
                  + "'; there are local, tar, docker, oci, image and registry");
    };
  }

  private static void refuseAttributes(Line line, String text, Map<String, String> attributes) {
    if (!attributes.isEmpty()) {
      throw line.refuse(
          "--output " + text + " has no '" + attributes.keySet().iterator().next() + "'");
    }
  }

  private static Map<String, String> with(Map<String, String> attributes, String flag) {
    Map<String, String> all = new LinkedHashMap<>(attributes);
    all.put(flag, "true");
    return all;
  }

  /// With what the line says of all images: names, and annotations of indexes.
  private static Map<String, String> named(Line line, Map<String, String> attributes) {
    Map<String, String> all = new LinkedHashMap<>(attributes);
    Set<String> names = new LinkedHashSet<>(line.list("--tag"));
    String own = attributes.getOrDefault("name", "");
    if (!own.isEmpty()) {
      names.addAll(List.of(own.split(",")));
    }
    if (!names.isEmpty()) {
      all.put("name", String.join(",", names));
    }
    for (String text : line.list("--annotation")) {
      if (text.matches(PLACE + ".*")) {
        String[] pair = Keys.pair(text.replaceFirst(":", "."));
        all.put("annotation-" + pair[0], pair[1]);
      }
    }
    return all;
  }
}
