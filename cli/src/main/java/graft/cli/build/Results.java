package graft.cli.build;

import graft.cli.json.Json;
import graft.cli.stream.Terminal;
import graft.cli.verb.Line;
import graft.oci.Reference;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// What a build has made, on its way to where it is wanted.
final class Results {
  private final Line line;
  private final List<Export> exports;

  Results(Line line, List<Export> exports) {
    this.line = line;
    this.exports = exports;
    if (toStandardOutput() && Terminal.is(1)) {
      throw line.refuse("a terminal cannot show a tar; give --output a dest, or redirect");
    }
  }

  /// Whether standard output is for something else than the image's id.
  boolean toStandardOutput() {
    return exports.stream().anyMatch(Export::isStandardOutput);
  }

  /// For the engine, in order.
  List<Map<String, Object>> wanted() {
    return exports.stream()
        .map(e -> Map.<String, Object>of("type", e.type(), "attributes", e.attributes()))
        .toList();
  }

  /// Files of the engine's.
  ///
  /// @param platform empty if it is the only one
  void files(int export, String platform, InputStream tar) throws IOException {
    switch (exports.get(export)) {
      case Export.Directory(Path directory) ->
          Unpacking.unpack(
              tar, platform.isEmpty() ? directory : directory.resolve(platform.replace('/', '_')));
      case Export.Tar(Optional<Path> file) -> {
        if (!platform.isEmpty()) {
          throw new IOException("a tar has the files of one platform; build for one at a time");
        }
        write(file, tar);
      }
      case Export.Archive(_, Optional<Path> file, _) -> write(file, tar);
      case Export.Image _ -> throw new IOException("the engine sent files that nobody wanted");
    }
    tar.transferTo(OutputStream.nullOutputStream());
  }

  /// A file is there when it is complete.
  private static void write(Optional<Path> file, InputStream in) throws IOException {
    if (file.isEmpty()) {
      in.transferTo(System.out);
      System.out.flush();
      return;
    }
    Path place = file.get().toAbsolutePath();
    Path part = Files.createTempFile(place.getParent(), ".graft-build-", ".part");
    try {
      try (OutputStream out = Files.newOutputStream(part)) {
        in.transferTo(out);
      }
      Files.setAttribute(part, "unix:mode", 0644);
      Files.move(part, place, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  /// Writes down what was made.
  ///
  /// @return the image's id; empty if none is here or anywhere
  String finish(Json result) throws IOException {
    String kept = result.at("image").text();
    String digest = result.at("digest").text();
    String id = kept.isEmpty() ? digest : kept;
    if (line.given("--iidfile") && !id.isEmpty()) {
      Files.writeString(Path.of(line.text("--iidfile")), id);
    }
    if (line.given("--metadata-file")) {
      Map<String, Object> metadata = metadata(result, kept, digest.isEmpty() ? kept : digest);
      Files.writeString(Path.of(line.text("--metadata-file")), Json.of(metadata).pretty() + "\n");
    }
    return id;
  }

  /// As `docker build --metadata-file` writes it.
  private Map<String, Object> metadata(Json result, String kept, String digest) {
    Map<String, Object> all = new LinkedHashMap<>();
    String config = result.has("config") ? result.at("config").text() : kept;
    if (!config.isEmpty()) {
      all.put("containerimage.config.digest", config);
    }
    if (!result.at("descriptor").isEmpty()) {
      all.put("containerimage.descriptor", result.at("descriptor"));
    }
    if (!digest.isEmpty()) {
      all.put("containerimage.digest", digest);
    }
    String names =
        exports.stream()
            .flatMap(e -> names(e.attributes()).stream())
            .distinct()
            .collect(Collectors.joining(","));
    if (!names.isEmpty()) {
      all.put("image.name", names);
    }
    return all;
  }

  private static List<String> names(Map<String, String> attributes) {
    return Arrays.stream(attributes.getOrDefault("name", "").split(","))
        .filter(n -> !n.isEmpty())
        .map(n -> Reference.parse(n).withDefaultTag().toString())
        .toList();
  }
}
