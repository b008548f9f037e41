package graft.session;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// What every root file system of these tests begins with: the directories, and Debian's busybox
/// with a link for each of its programs.
public final class BusyboxRoot {
  private static final List<String> DIRECTORIES =
      List.of(
          "bin",
          "etc",
          "dev",
          "proc",
          "sys",
          "tmp",
          "root",
          "home",
          "usr/bin",
          "usr/sbin",
          "var",
          "mnt",
          "run",
          "sbin");

  private BusyboxRoot() {}

  public static void make(Path root) throws IOException, InterruptedException {
    for (String name : DIRECTORIES) {
      Files.createDirectories(root.resolve(name));
    }
    Path busybox = root.resolve("bin/busybox");
    Process process =
        new ProcessBuilder(
                "sh",
                "-c",
                "cp \"$(command -v busybox)\" \"$1\" && \"$1\" --list",
                "sh",
                "" + busybox)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String programs =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    if (process.waitFor() != 0) {
      throw new IOException("cannot make the busybox root file system");
    }
    for (String program : programs.lines().filter(name -> !name.equals("busybox")).toList()) {
      Files.createSymbolicLink(root.resolve("bin").resolve(program), Path.of("busybox"));
    }
  }
}
