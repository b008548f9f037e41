package graft.contract;

import graft.oci.Json;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Plays the rows against whatever listens on a socket.
///
/// As a program it records: `Contract SOCKET OUT-FILE`.
final class Contract {
  private final Wire wire;
  private final Map<String, String> saved = new HashMap<>();

  Contract(Path socket, Path files) {
    this.wire = new Wire(socket, files);
  }

  static List<Row> rows() {
    return Row.parse(resource("contract.txt"));
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

  List<String> play(Row template) throws IOException {
    Row row = template.with(saved);
    Wire.Reply reply = wire.send(row);
    if (!row.saved().isEmpty()) {
      String[] names = row.saved().split("=", 2);
      saved.put(names[0], Json.text(Json.object(reply.body(), row.text()), names[1]));
    }
    return Shape.of(reply);
  }

  /// A busybox root file system as a tar, and what else rows send.
  static void furnish(Path files) throws IOException, InterruptedException {
    String script =
        """
        set -e
        root="$1/root"
        mkdir -p "$root"/{bin,etc,dev,proc,sys,tmp,root,home,usr/bin,usr/sbin,var,mnt,run,sbin}
        cp "$(command -v busybox)" "$root/bin/busybox"
        for a in $("$root/bin/busybox" --list); do [ -e "$root/bin/$a" ] || ln -s busybox "$root/bin/$a"; done
        printf 'root:x:0:0:root:/root:/bin/sh\\n' >"$root/etc/passwd"
        printf 'root:x:0:\\n' >"$root/etc/group"
        tar -C "$root" --numeric-owner -cf "$1/busybox.tar" .
        mkdir "$1/small"; echo hello >"$1/small/hello"
        tar -C "$1/small" --numeric-owner --owner=0 --group=0 -cf "$1/small.tar" hello
        echo no tar >"$1/junk"
        """;
    Process p =
        new ProcessBuilder("bash", "-c", script, "furnish", files.toString()).inheritIO().start();
    if (p.waitFor() != 0) {
      throw new IOException("cannot make the busybox root file system");
    }
  }

  /// The recorded answers, in the order of the rows.
  static List<List<String>> expected() {
    List<List<String>> all = new ArrayList<>();
    for (String line : resource("contract.expected").lines().toList()) {
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
    Contract contract = new Contract(Path.of(args[0]), files);
    StringBuilder all = new StringBuilder();
    for (Row row : rows()) {
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
    Files.writeString(Path.of(args[1]), all);
    new ProcessBuilder("rm", "-rf", files.toString()).inheritIO().start().waitFor();
  }
}
