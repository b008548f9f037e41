package graft.cli.stream;

import graft.cli.output.Human;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/// An archive that goes to a file or to standard output. A file appears when it is complete.
public final class Download {
  private static final long EVERY_NANOS = 200_000_000;

  private Download() {}

  public static void check(String file) throws IOException {
    if (file.isEmpty() && Terminal.is(1)) {
      throw new IOException(
          "an archive would spoil the terminal; use --output FILE or redirect the output");
    }
  }

  public static void to(String file, InputStream in, boolean quiet) throws IOException {
    if (file.isEmpty()) {
      in.transferTo(System.out);
      System.out.flush();
      return;
    }
    Path target = Path.of(file).toAbsolutePath();
    if (Files.exists(target) && !Files.isRegularFile(target)) {
      // A device or a pipe: there is nothing to replace.
      try (OutputStream out = Files.newOutputStream(target)) {
        copy(in, out, quiet);
      }
      return;
    }
    Path part =
        target.resolveSibling("." + target.getFileName() + "." + ProcessHandle.current().pid());
    try {
      try (OutputStream out = Files.newOutputStream(part)) {
        copy(in, out, quiet);
      }
      Files.move(part, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  private static void copy(InputStream in, OutputStream out, boolean quiet) throws IOException {
    boolean shown = !quiet && Terminal.is(2);
    byte[] buffer = new byte[256 * 1024];
    long total = 0;
    long next = System.nanoTime() + EVERY_NANOS;
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      out.write(buffer, 0, n);
      total += n;
      if (shown && System.nanoTime() > next) {
        System.err.print("\r" + Human.size(total, 4) + " written\u001b[K");
        next = System.nanoTime() + EVERY_NANOS;
      }
    }
    if (shown) {
      System.err.print("\r\u001b[K");
    }
  }
}
