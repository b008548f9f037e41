package graft.container;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The name of this machine, as the kernel has it now.
final class HostName {
  private HostName() {}

  static String get() {
    try {
      return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    } catch (IOException e) {
      return "localhost";
    }
  }
}
