package graft.cli.build;

import graft.cli.verb.Line;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What becomes of a build: one value of `--output`.
sealed interface Export {
  /// Kept by the engine.
  ///
  /// @param names besides those of `--tag`
  record Image(List<String> names, boolean push) implements Export {}

  /// The file system, as files of this machine's.
  record Directory(Path directory) implements Export {}

  /// The file system.
  ///
  /// @param file empty for standard output
  record Tar(Optional<Path> file) implements Export {}

  /// The image, as `docker save` has it, which is an OCI layout, too.
  ///
  /// @param file empty for standard output
  record Archive(Optional<Path> file) implements Export {}

  /// All that are asked for: `--output`, `--push`, `--load`; the image alone if nothing is said.
  static List<Export> of(Line line) {
    List<Export> all = new ArrayList<>();
    line.list("--output").forEach(text -> all.add(of(text, line)));
    boolean push = line.flag("--push");
    boolean image = all.stream().anyMatch(e -> e instanceof Image);
    if (push && image) {
      all.replaceAll(e -> e instanceof Image(List<String> names, _) ? new Image(names, true) : e);
    } else if (push || line.flag("--load") && !image || all.isEmpty()) {
      all.add(new Image(List.of(), push));
    }
    if (all.stream().filter(Export::toStandardOutput).count() > 1) {
      throw line.refuse("only one --output can go to standard output");
    }
    return all;
  }

  private static boolean toStandardOutput(Export export) {
    return switch (export) {
      case Tar(Optional<Path> file) -> file.isEmpty();
      case Archive(Optional<Path> file) -> file.isEmpty();
      case Image _, Directory _ -> false;
    };
  }

  /// `DIR`, `-`, or `type=…,…`.
  private static Export of(String text, Line line) {
    if (!text.contains("=")) {
      return text.equals("-") ? new Tar(Optional.empty()) : new Directory(Path.of(text));
    }
    Map<String, String> values = Keys.of(line, "--output", text);
    String type = values.getOrDefault("type", "");
    List<String> known =
        switch (type) {
          case "local", "tar", "docker", "oci" -> List.of("type", "dest");
          case "image", "registry" -> List.of("type", "name", "push");
          default ->
              throw line.refuse(
                  "--output has no type '"
                      + type
                      + "'; there are local, tar, docker, oci, image and registry");
        };
    var _ = Keys.of(line, "--output", text, known);
    String dest = values.getOrDefault("dest", "");
    Optional<Path> file =
        dest.isEmpty() || dest.equals("-") ? Optional.empty() : Optional.of(Path.of(dest));
    return switch (type) {
      case "local" ->
          new Directory(
              file.orElseThrow(() -> line.refuse("--output type=local needs a dest=DIRECTORY")));
      case "tar" -> new Tar(file);
      case "docker" -> dest.isEmpty() ? new Image(List.of(), false) : new Archive(file);
      case "oci" -> new Archive(file);
      default ->
          new Image(
              Arrays.stream(values.getOrDefault("name", "").split(","))
                  .filter(n -> !n.isEmpty())
                  .toList(),
              type.equals("registry")
                  || List.of("true", "1").contains(values.getOrDefault("push", "")));
    };
  }
}
