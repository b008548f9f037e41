package graft.contract;

import graft.oci.Json;
import graft.session.BusyboxRoot;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Plays the rows against whatever listens on a socket.
///
/// As a program it records: `Contract NAME SOCKET OUT-FILE`, where NAME is `contract`, `values` or
/// `builds`.
final class Contract {
  /// How many times an answer is asked for that is awaited, ten times a second.
  private static final int PATIENCE = 1200;

  /// How long after a request `$soon` is: a stream of events until then ends by itself.
  private static final Duration MARGIN = Duration.ofMillis(200);

  private final Wire wire;
  private final Map<String, String> saved = new HashMap<>();

  Contract(Path socket, Path files) {
    this.wire = new Wire(socket, files);
  }

  /// @param name of a contract: `contract`, `values` or `builds`
  static List<Row> rows(String name) {
    return Row.parse(resource(name + ".txt"));
  }

  static String resource(String name) {
    try (InputStream in = Contract.class.getResourceAsStream("/contract/" + name)) {
      if (in == null) {
        throw new IllegalStateException("no resource contract/" + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<String> play(Row template) throws IOException, InterruptedException {
    Instant now = Instant.now();
    Instant soon = now.plus(MARGIN);
    saved.putIfAbsent("start", Long.toString(now.getEpochSecond()));
    saved.put("soon", "%d.%09d".formatted(soon.getEpochSecond(), soon.getNano()));
    Row row = template.with(saved);
    Wire.Reply reply = wire.send(row);
    for (int i = 0; i < PATIENCE && !reply.text().contains(row.awaited()); i++) {
      Thread.sleep(100);
      reply = wire.send(row);
    }
    if (!row.saved().isEmpty()) {
      String[] names = row.saved().split("=", 2);
      saved.put(names[0], Json.text(Json.object(reply.body(), row.text()), names[1]));
    }
    return Shape.of(reply, row.shown());
  }

  /// A busybox root file system as a tar, and what else rows send.
  static void furnish(Path files) throws IOException, InterruptedException {
    BusyboxRoot.make(files.resolve("root"));
    String script =
        """
        set -e
        root="$1/root"
        printf 'root:x:0:0:root:/root:/bin/sh\\nu:x:1000:1001::/:/bin/sh\\n' >"$root/etc/passwd"
        printf 'root:x:0:\\n' >"$root/etc/group"
        tar -C "$root" --numeric-owner -cf "$1/busybox.tar" .
        mkdir "$1/small"; echo hello >"$1/small/hello"
        tar -C "$1/small" --numeric-owner --owner=0 --group=0 -cf "$1/small.tar" hello
        tar -C "$1/small" --numeric-owner --owner=5 --group=6 -cf "$1/owned.tar" hello
        layer=$(sha256sum "$1/small.tar" | cut -d' ' -f1)
        mkdir "$1/image"; cp "$1/small.tar" "$1/image/layer.tar"
        printf '{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}' \\
          "$layer" >"$1/image/config.json"
        printf '[{"Config":"config.json","RepoTags":["loaded:1"],"Layers":["layer.tar"]}]' >"$1/image/manifest.json"
        tar -C "$1/image" -cf "$1/saved.tar" manifest.json config.json layer.tar
        echo no tar >"$1/junk"
        mkdir "$1/build"; cd "$1/build"; echo hello >hello; : >Empty
        printf 'FROM graft/base:1 AS one\nARG A=none\nENV A=$A\nLABEL own=1\nFROM one\nCOPY hello /hello\nRUN echo "$A" >/a\nWORKDIR /w\nCMD ["cat", "/a"]\n' >Dockerfile
        printf 'FROM graft/base:1\nRUN echo said && exit 3\n' >Fail
        printf 'FROM graft/base:1\nRUNN true\n' >Bad
        printf 'RUN true\n' >NoFrom
        printf 'FROM graft/base:1\nCOPY nope /\n' >NoFile
        printf 'FROM graft/none:1\n' >NoBase
        printf 'FROM graft/base:1\nCMD ["a", b]\nEXPOSE 99999\n' >Port
        tar -C "$1/build" --numeric-owner --owner=0 --group=0 -cf "$1/build.tar" .
        """;
    Process p =
        new ProcessBuilder("bash", "-c", script, "furnish", files.toString()).inheritIO().start();
    if (p.waitFor() != 0) {
      throw new IOException("cannot make the busybox root file system");
    }
  }

  /// The recorded answers, in the order of the rows.
  static List<List<String>> expected(String name) {
    List<List<String>> all = new ArrayList<>();
    for (String line : resource(name + ".expected").lines().toList()) {
      if (line.startsWith("> ")) {
        all.add(new ArrayList<>());
      }
      all.getLast().add(line);
    }
    return all;
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    Path files = Files.createTempDirectory("graft-contract");
    furnish(files);
    Contract contract = new Contract(Path.of(args[1]), files);
    StringBuilder all = new StringBuilder();
    for (Row row : rows(args[0])) {
      all.append("> ").append(row.text()).append('\n');
      long start = System.nanoTime();
      for (String line : contract.play(row)) {
        all.append(line).append('\n');
      }
      long millis = (System.nanoTime() - start) / 1_000_000;
      if (millis > 1000) {
        System.err.println(millis + " ms: " + row.text());
      }
    }
    Files.writeString(Path.of(args[2]), all);
    new ProcessBuilder("rm", "-rf", files.toString()).inheritIO().start().waitFor();
  }
}
