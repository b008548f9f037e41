package graft.testcontainers;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/// An image that speaks Ryuk's protocol, of what every Debian has: perl, the shared libraries it
/// needs, and `reaper.pl`. It is 7 MB and made where it is used, since it has this machine's C
/// library.
final class ReaperImage {
  private static final Path PERL = Path.of("/usr/bin/perl");
  private static final String SCRIPT = "/reaper.pl";

  /// A line of ldd: `libm.so.6 => /lib/libm.so.6 (0x…)`; the loader's has no arrow.
  private static final Pattern LIBRARY = Pattern.compile("(?:=> |^\\s*)(/\\S+) \\(0x");

  private final byte[] layer;
  private final String name;

  private ReaperImage(byte[] layer) {
    this.layer = layer;
    this.name = "graft/reaper:" + digest(layer).substring(0, 12);
  }

  static ReaperImage ofThisMachine() throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    files.put(PERL.toString(), Files.readAllBytes(PERL));
    for (String line : ldd().lines().toList()) {
      Matcher library = LIBRARY.matcher(line);
      if (library.find()) {
        files.put(library.group(1), Files.readAllBytes(Path.of(library.group(1))));
      }
    }
    try (InputStream in = ReaperImage.class.getResourceAsStream("reaper.pl")) {
      if (in == null) {
        throw new IOException("this jar has no reaper.pl");
      }
      files.put(SCRIPT, in.readAllBytes());
    }
    return new ReaperImage(tar(files));
  }

  private static String ldd() throws IOException {
    Process process =
        new ProcessBuilder("ldd", PERL.toString())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS) || process.exitValue() != 0) {
        process.destroyForcibly();
        throw new IOException("ldd cannot tell which libraries " + PERL + " needs");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    return output;
  }

  /// With a tag that changes when anything in it does.
  String name() {
    return name;
  }

  /// As `docker save` would write it.
  InputStream archive() throws IOException {
    String machine = System.getProperty("os.arch", "");
    String architecture = machine.equals("aarch64") ? "arm64" : machine;
    String config =
        """
        {"architecture":"%s","os":"linux",
         "config":{"Cmd":["%s","%s"],"ExposedPorts":{"8080/tcp":{}}},
         "rootfs":{"type":"layers","diff_ids":["sha256:%s"]}}
        """
            .formatted(architecture, PERL, SCRIPT, digest(layer));
    String manifest =
        """
        [{"Config":"config.json","RepoTags":["%s"],"Layers":["layer.tar"]}]
        """
            .formatted(name);
    return new ByteArrayInputStream(
        tar(
            Map.of(
                "config.json", config.getBytes(StandardCharsets.UTF_8),
                "manifest.json", manifest.getBytes(StandardCharsets.UTF_8),
                "layer.tar", layer)));
  }

  /// The same bytes for the same files.
  private static byte[] tar(Map<String, byte[]> files) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> file : new TreeMap<>(files).entrySet()) {
        TarArchiveEntry entry = new TarArchiveEntry(file.getKey());
        entry.setSize(file.getValue().length);
        entry.setMode(0100755);
        entry.setModTime(0L);
        entry.setIds(0, 0);
        tar.putArchiveEntry(entry);
        tar.write(file.getValue());
        tar.closeArchiveEntry();
      }
    }
    return bytes.toByteArray();
  }

  private static String digest(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
