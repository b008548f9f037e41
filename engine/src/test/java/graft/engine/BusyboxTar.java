package graft.engine;

import graft.layer.TarEntry;
import graft.layer.TarEntry.Name;
import graft.layer.TarEntry.Type;
import graft.layer.TarWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/// A root file system of one static program, as a tar, for tests that run containers.
public final class BusyboxTar {
  private static final Path BUSYBOX = Path.of("/bin/busybox");
  private static final List<String> APPLETS =
      List.of(
          "sh",
          "ls",
          "cat",
          "echo",
          "true",
          "false",
          "sleep",
          "id",
          "env",
          "grep",
          "mkdir",
          "rm",
          "touch",
          "pwd",
          "hostname",
          "mount",
          "ps",
          "wc",
          "head",
          "tail",
          "stat",
          "chmod",
          "nc",
          "ip",
          "kill",
          "dd",
          "sync",
          "stty",
          "mknod",
          "test",
          "seq",
          "yes",
          "sort",
          "wget",
          "od");

  private BusyboxTar() {}

  /// True where the Debian package busybox-static is installed.
  public static boolean available() {
    return Files.isExecutable(BUSYBOX);
  }

  public static byte[] make() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarWriter tar = new TarWriter(bytes)) {
      for (String dir : List.of("bin", "etc", "dev", "proc", "sys", "root", "home", "var")) {
        tar.write(entry(dir, Type.DIRECTORY, 0755, 0, ""));
      }
      tar.write(entry("tmp", Type.DIRECTORY, 01777, 0, ""));
      file(tar, "bin/busybox", 0755, Files.readAllBytes(BUSYBOX));
      for (String applet : APPLETS) {
        tar.write(entry("bin/" + applet, Type.SYMLINK, 0777, 0, "busybox"));
      }
      text(tar, "etc/passwd", "root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home:/bin/sh\n");
      text(tar, "etc/group", "root:x:0:\nuser:x:1000:\naudio:x:29:user\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static void text(TarWriter tar, String path, String content) throws IOException {
    file(tar, path, 0644, content.getBytes(StandardCharsets.UTF_8));
  }

  private static void file(TarWriter tar, String path, int mode, byte[] content)
      throws IOException {
    tar.write(entry(path, Type.FILE, mode, content.length, ""), new ByteArrayInputStream(content));
  }

  private static TarEntry entry(String path, Type type, int mode, long size, String link) {
    return new TarEntry(
        Name.of(path),
        type,
        mode,
        0,
        0,
        size,
        Instant.ofEpochSecond(1_700_000_000),
        Name.of(link),
        0,
        0,
        Map.of());
  }
}
