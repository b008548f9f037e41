package graft.images;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/// A small disk of its own: an ext4 in a file, mounted by a loop device.
final class LoopDisk implements AutoCloseable {
  private final Path image;
  private final Path mountPoint;

  private LoopDisk(Path image, Path mountPoint) {
    this.image = image;
    this.mountPoint = mountPoint;
  }

  /// Skips the test where this machine cannot have any.
  static LoopDisk make(Path directory, String name, long bytes) throws IOException {
    Path image = directory.resolve(name + ".img");
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(bytes);
    }
    Assumptions.assumeTrue(
        run("mkfs.ext4", "-q", "-F", image.toString()), "there is no mkfs.ext4 here");
    return mount(directory, name, image);
  }

  static LoopDisk mount(Path directory, String name, Path image) throws IOException {
    Path mountPoint = Files.createDirectories(directory.resolve(name));
    Assumptions.assumeTrue(
        // A long commit interval: nothing reaches the disk by itself that was not synced.
        run("mount", "-o", "loop,commit=300", image.toString(), mountPoint.toString()),
        "loop devices cannot be mounted here");
    return new LoopDisk(image, mountPoint);
  }

  private static boolean run(String... command) {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(300, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  Path root() {
    return mountPoint;
  }

  /// Copies what is on the disk at this moment, without what the kernel has only in memory. The
  /// copy takes time, so it counts only if nothing was written meanwhile.
  void copyTo(Path copy) throws IOException {
    for (int i = 0; i < 20; i++) {
      String before = written();
      Files.deleteIfExists(copy);
      if (!run("cp", "--sparse=always", image.toString(), copy.toString())) {
        throw new IOException("cannot copy " + image);
      }
      if (written().equals(before)) {
        return;
      }
    }
    throw new IOException("the disk " + image + " is never at rest");
  }

  /// What the kernel counts of the device: requests and sectors written, and those on their way.
  private String written() throws IOException {
    try (Stream<Path> all = Files.list(Path.of("/sys/block"))) {
      for (Path device : all.toList()) {
        Path backing = device.resolve("loop/backing_file");
        if (Files.exists(backing)
            && Files.readString(backing).strip().equals(image.toRealPath().toString())) {
          String[] stat = Files.readString(device.resolve("stat")).strip().split("\\s+");
          return stat[4] + " " + stat[6] + " " + stat[8];
        }
      }
    }
    throw new IOException("no loop device has " + image);
  }

  @Override
  public void close() throws IOException {
    // The loop device goes with its mount.
    if (!run("umount", mountPoint.toString())) {
      run("umount", "-l", mountPoint.toString());
    }
    Files.deleteIfExists(image);
  }
}
