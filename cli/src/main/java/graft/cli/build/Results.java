package graft.cli.build;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.image.Pulling;
import graft.cli.image.Pushing;
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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// What a build has made, on its way to where it is wanted.
final class Results {
  private final Line line;
  private final Engine engine;
  private final List<Export> exports;
  private final Set<String> names = new LinkedHashSet<>();

  Results(Line line, Engine engine, List<Export> exports) {
    this.line = line;
    this.engine = engine;
    this.exports = exports;
    line.list("--tag").forEach(n -> names.add(Pulling.withTag(n)));
    for (Export export : exports) {
      switch (export) {
        case Export.Image image -> image.names().forEach(n -> names.add(Pulling.withTag(n)));
        case Export.Tar(Optional<Path> file) -> refuseTerminal(file);
        case Export.Archive(Optional<Path> file) -> refuseTerminal(file);
        case Export.Directory _ -> {
          // Nothing can be wrong with it yet.
        }
      }
    }
    if (pushes() && names.isEmpty()) {
      throw line.refuse("--push needs a name: -t HOST/NAME");
    }
  }

  private void refuseTerminal(Optional<Path> file) {
    if (file.isEmpty() && Terminal.is(1)) {
      throw line.refuse("a terminal cannot show a tar; give --output a dest, or redirect");
    }
  }

  private boolean pushes() {
    return exports.stream().anyMatch(e -> e instanceof Export.Image(_, boolean push) && push);
  }

  /// Whether an image is made; an archive of one is made of it.
  private boolean image() {
    return exports.stream().anyMatch(e -> e instanceof Export.Image || e instanceof Export.Archive);
  }

  /// Whether standard output is for something else than the image's id.
  boolean toStandardOutput() {
    return exports.stream()
        .anyMatch(e ->
            switch (e) {
              case Export.Tar(Optional<Path> file) -> file.isEmpty();
              case Export.Archive(Optional<Path> file) -> file.isEmpty();
              case Export.Image _, Export.Directory _ -> false;
            });
  }

  /// For the engine: the file system once for each who wants it, in order, then the image.
  List<Map<String, Object>> wanted() {
    List<Map<String, Object>> all = new ArrayList<>();
    files().forEach(_ -> all.add(Map.of("type", "files")));
    if (image()) {
      all.add(Map.of("type", "image", "names", List.copyOf(names)));
    }
    return all;
  }

  private List<Export> files() {
    return exports.stream()
        .filter(e -> e instanceof Export.Directory || e instanceof Export.Tar)
        .toList();
  }

  /// Files of the engine's.
  ///
  /// @param platform empty if it is the only one
  void files(int export, String platform, InputStream tar) throws IOException {
    switch (files().get(export)) {
      case Export.Directory(Path directory) ->
          Unpacking.unpack(
              tar, platform.isEmpty() ? directory : directory.resolve(platform.replace('/', '_')));
      case Export.Tar(Optional<Path> file) -> {
        if (!platform.isEmpty()) {
          throw new IOException(
              "a tar can have the files of one platform; build for one at a time");
        }
        write(file, tar);
      }
      case Export.Image _, Export.Archive _ ->
          throw new IOException("the engine sent files that nobody asked for");
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

  /// What is done with the image, and what is said of it.
  ///
  /// @return its id; empty if none was asked for
  String finish(Json result, boolean quiet) throws IOException {
    String id = result.at("image").text();
    Map<String, Object> metadata = new LinkedHashMap<>();
    if (!id.isEmpty()) {
      metadata.put("containerimage.config.digest", id);
      metadata.put("containerimage.digest", id);
      if (!names.isEmpty()) {
        metadata.put(
            "image.name",
            names.stream()
                .map(n -> Reference.parse(n).toString())
                .collect(Collectors.joining(",")));
      }
    }
    if (pushes()) {
      for (String name : names) {
        int colon = name.lastIndexOf(':');
        Pushing.push(
            engine, name.substring(0, colon), name.substring(colon + 1), "", quiet, System.err);
      }
      pushed(id).ifPresent(digest -> metadata.put("containerimage.digest", digest));
    }
    for (Export export : exports) {
      if (export instanceof Export.Archive(Optional<Path> file)) {
        archive(id, file);
      }
    }
    if (line.given("--iidfile") && !id.isEmpty()) {
      Files.writeString(Path.of(line.text("--iidfile")), id);
    }
    if (line.given("--metadata-file")) {
      Files.writeString(Path.of(line.text("--metadata-file")), Json.of(metadata).pretty() + "\n");
    }
    return id;
  }

  private void archive(String id, Optional<Path> file) throws IOException {
    List<String> wanted = names.isEmpty() ? List.of(id) : List.copyOf(names);
    String query =
        wanted.stream().map(n -> "names=" + Engine.encode(n)).collect(Collectors.joining("&"));
    try (Reply reply = engine.send("GET", "/images/get?" + query, Body.NONE)) {
      write(file, reply.body());
    }
  }

  /// The digest under which the registry has it.
  private Optional<String> pushed(String id) throws IOException {
    List<String> digests = engine.get("/images/" + id + "/json").at("RepoDigests").texts();
    return digests.stream().map(d -> d.substring(d.indexOf('@') + 1)).findFirst();
  }
}
