package graft.client;

import graft.cli.json.Json;
import graft.layer.Limits;
import graft.layer.TarEntry;
import graft.layer.TarReader;
import graft.oci.Digest;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// What `docker save` wrote of one image, as text that can be compared: the config without dates,
/// and what each layer changes, without times, and without directories that are as they were (a RUN
/// of BuildKit's leaves `/etc` in its layer, of which it had mounted files).
final class Saved {
  private static final List<String> FIELDS =
      List.of(
          "Cmd",
          "Entrypoint",
          "Env",
          "ExposedPorts",
          "Healthcheck",
          "Labels",
          "OnBuild",
          "Shell",
          "StopSignal",
          "User",
          "Volumes",
          "WorkingDir");

  private Saved() {}

  /// @param directory of the unpacked archive
  static String text(Path directory) throws IOException {
    Json manifest = Json.parse(Files.readString(directory.resolve("manifest.json"))).items().get(0);
    Json config = Json.parse(Files.readString(directory.resolve(manifest.at("Config").text())));
    StringBuilder text = new StringBuilder();
    for (String field : FIELDS) {
      Json value = config.at("config").at(field);
      if (!value.isNull() && !value.write().equals("\"\"")) {
        text.append(field).append(' ').append(value.write()).append('\n');
      }
    }
    List<Json> history = config.at("history").items();
    for (Json entry : history) {
      String by = entry.at("created_by").text();
      if (entry.at("comment").text().startsWith("buildkit")) {
        text.append(entry.at("empty_layer").write().equals("true") ? "history - " : "history + ")
            .append(by.replace("\n", "\\n"))
            .append('\n');
      }
    }
    // What was imported has no instruction of BuildKit's in its history.
    int below =
        (int)
            history.stream().filter(one -> one.at("comment").text().startsWith("Imported")).count();
    List<Json> layers = manifest.at("Layers").items();
    Map<String, String> state = new TreeMap<>();
    for (int i = 0; i < layers.size(); i++) {
      if (i >= below) {
        text.append("layer ").append(i - below + 1).append('\n');
      }
      Path file = directory.resolve(layers.get(i).text());
      try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
        for (Map.Entry<String, String> one : entries(in).entrySet()) {
          String before = state.put(one.getKey(), one.getValue());
          boolean touched = one.getValue().equals(before) && before.startsWith("directory");
          if (i >= below && !touched) {
            text.append("  " + one.getKey() + " " + one.getValue() + "\n");
          }
        }
      }
    }
    return text.toString();
  }

  private static Map<String, String> entries(InputStream in) throws IOException {
    TarReader tar = new TarReader(in, Limits.DEFAULT, TarReader.Recorder.NONE);
    Map<String, String> all = new TreeMap<>();
    for (Optional<TarEntry> next = tar.next(); next.isPresent(); next = tar.next()) {
      TarEntry entry = next.get();
      List<String> words = new ArrayList<>();
      if (entry.path().toString().contains(".wh.")) {
        all.put("/" + entry.path(), "");
        continue;
      }
      words.add(entry.type().name().toLowerCase(java.util.Locale.ROOT));
      if (entry.type() != TarEntry.Type.SYMLINK) {
        words.add(Integer.toOctalString(entry.mode()));
      }
      words.add(entry.uid() + ":" + entry.gid());
      switch (entry.type()) {
        case FILE -> words.add(entry.size() + " " + content(tar));
        case SYMLINK, HARDLINK -> words.add("-> " + entry.linkTarget());
        case DIRECTORY, FIFO -> {}
        case CHAR, BLOCK -> words.add(entry.deviceMajor() + "," + entry.deviceMinor());
      }
      words.addAll(
          entry.xattrs().entrySet().stream()
              .map(e -> e.getKey() + "=" + e.getValue())
              .sorted()
              .collect(Collectors.toList()));
      all.put("/" + entry.path(), String.join(" ", words));
    }
    return all;
  }

  private static String content(TarReader tar) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] buffer = new byte[64 * 1024];
    for (int n = tar.read(buffer, 0, buffer.length);
        n > 0;
        n = tar.read(buffer, 0, buffer.length)) {
      bytes.write(buffer, 0, n);
    }
    return Digest.of(bytes.toByteArray()).hex().substring(0, 12);
  }
}
