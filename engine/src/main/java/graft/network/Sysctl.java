package graft.network;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// Kernel settings of the calling thread's network namespace.
final class Sysctl {
  private static final Path ROOT = Path.of("/proc/sys/net");

  private Sysctl() {}

  static boolean exists(String name) {
    return Files.exists(ROOT.resolve(name));
  }

  /// In one read: the kernel answers a second one with the end, and `Files.readString` begins a
  /// file of size 0 with a single byte.
  static String get(String name) throws IOException {
    byte[] buffer = new byte[256];
    try (InputStream in = Files.newInputStream(ROOT.resolve(name))) {
      int n = in.read(buffer);
      return new String(buffer, 0, Math.max(n, 0), StandardCharsets.US_ASCII).strip();
    }
  }

  static void switchOn(String name) throws IOException {
    set(name, "1");
  }

  static void set(String name, String value) throws IOException {
    if (!get(name).equals(value)) {
      Files.writeString(ROOT.resolve(name), value);
    }
  }

  /// Forwards IPv6. A host that does no longer listens to routers unless it is told to go on, and
  /// would lose its own way out.
  static void forwardSix() throws IOException {
    String forwarding = "ipv6/conf/all/forwarding";
    if (get(forwarding).equals("1")) {
      return;
    }
    try (DirectoryStream<Path> links = Files.newDirectoryStream(ROOT.resolve("ipv6/conf"))) {
      for (Path link : links) {
        String listens = "ipv6/conf/" + link.getFileName() + "/accept_ra";
        if (get(listens).equals("1")) {
          set(listens, "2");
        }
      }
    }
    set(forwarding, "1");
  }
}
