package graft.inventory;

import graft.inventory.Inventory.Installed;
import graft.inventory.Inventory.Manager;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Reads the databases of package managers: records of `key: value` lines with empty lines between.
///
/// Source: deb-control(5), dpkg's `status`; apk(5), `installed`.
public final class Databases {
  /// Bytes of one file. Debian's own desktops have 10 MB.
  static final int LARGEST = 128 << 20;

  /// Of all files together.
  static final int MOST_PACKAGES = 200_000;

  private static final int LONGEST_LINE = 64 << 10;

  private final List<Installed> all = new ArrayList<>();
  private boolean truncated;

  /// What was read so far.
  public Inventory inventory(Distribution distribution) {
    return new Inventory(distribution, all, truncated);
  }

  /// `var/lib/dpkg/status`, or a file of `status.d`, where what is named is installed.
  public void dpkg(InputStream in, boolean installedUnlessSaid) throws IOException {
    records(
        in,
        record -> {
          String status = record.get("Status");
          boolean installed = status == null ? installedUnlessSaid : status.endsWith(" installed");
          return installed ? debian(record) : Optional.empty();
        });
  }

  private static Optional<Installed> debian(Map<String, String> record) {
    String name = record.getOrDefault("Package", "");
    String version = record.getOrDefault("Version", "");
    if (name.isEmpty() || version.isEmpty()) {
      return Optional.empty();
    }
    String source = record.getOrDefault("Source", name);
    int open = source.indexOf(" (");
    String sourceVersion =
        open > 0 && source.endsWith(")")
            ? source.substring(open + 2, source.length() - 1)
            : version;
    return Optional.of(
        new Installed(
            Manager.DPKG,
            name,
            version,
            record.getOrDefault("Architecture", ""),
            open > 0 ? source.substring(0, open) : source,
            sourceVersion,
            "",
            record.getOrDefault("Maintainer", "")));
  }

  /// `lib/apk/db/installed`.
  public void apk(InputStream in) throws IOException {
    records(
        in,
        record -> {
          String name = record.getOrDefault("P", "");
          String version = record.getOrDefault("V", "");
          if (name.isEmpty() || version.isEmpty()) {
            return Optional.empty();
          }
          return Optional.of(
              new Installed(
                  Manager.APK,
                  name,
                  version,
                  record.getOrDefault("A", ""),
                  record.getOrDefault("o", name),
                  version,
                  record.getOrDefault("L", ""),
                  record.getOrDefault("m", "")));
        });
  }

  private interface Reader {
    Optional<Installed> read(Map<String, String> record);
  }

  private void records(InputStream in, Reader reader) throws IOException {
    Lines lines = new Lines(new BufferedInputStream(in, 64 << 10));
    Map<String, String> record = new HashMap<>();
    for (Optional<String> line = lines.next(); line.isPresent(); line = lines.next()) {
      String text = line.get();
      if (text.isEmpty()) {
        add(reader, record);
        record.clear();
      } else if (text.charAt(0) != ' ' && text.charAt(0) != '\t') {
        int colon = text.indexOf(':');
        if (colon > 0) {
          // The first of a key counts: apk's has one line for each file.
          record.putIfAbsent(text.substring(0, colon), text.substring(colon + 1).strip());
        }
      }
    }
    add(reader, record);
    truncated |= lines.truncated;
  }

  private void add(Reader reader, Map<String, String> record) {
    if (record.isEmpty()) {
      return;
    }
    if (all.size() >= MOST_PACKAGES) {
      truncated = true;
      return;
    }
    reader.read(record).ifPresent(all::add);
  }

  /// Lines of a file, the rest of one that is too long left out.
  private static final class Lines {
    private final InputStream in;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private long left = LARGEST;
    private boolean truncated;

    Lines(InputStream in) {
      this.in = in;
    }

    Optional<String> next() throws IOException {
      line.reset();
      int read = 0;
      for (int b = in.read(); b >= 0; b = in.read()) {
        if (--left < 0) {
          truncated = true;
          return Optional.empty();
        }
        read++;
        if (b == '\n') {
          return Optional.of(text());
        }
        if (line.size() < LONGEST_LINE) {
          line.write(b);
        }
      }
      return read == 0 ? Optional.empty() : Optional.of(text());
    }

    private String text() {
      String text = line.toString(StandardCharsets.UTF_8);
      return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }
  }
}
