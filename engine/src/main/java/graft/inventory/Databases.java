package graft.inventory;

import graft.inventory.Evidence.Database;
import graft.inventory.Evidence.Listed;
import graft.inventory.Inventory.Installed;
import graft.inventory.Inventory.Manager;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/// The databases of dpkg and apk: records of `key: value` lines with empty lines between.
///
/// Source: deb-control(5), dpkg's `status`; apk(5), `installed`.
final class Databases {
  /// Bytes of one file. Debian's own desktops have 10 MB.
  static final int LARGEST = 64 << 20;

  static final int MOST_PACKAGES = 200_000;

  /// Of all packages of a database together.
  static final int MOST_FILES = 1_000_000;

  private static final int LONGEST_LINE = 64 << 10;

  /// As much is read at a time.
  private static final int CHUNK = 64 << 10;

  /// What is read of a record. Most lines of a database are of others.
  private static final Set<String> KEYS =
      Set.of(
          "Package",
          "Status",
          "Version",
          "Architecture",
          "Source",
          "Maintainer",
          "P",
          "V",
          "A",
          "o",
          "L",
          "m");

  private static final int LONGEST_KEY = 12;

  private final Lines lines;
  private final Consumer<String> skip;
  private final List<Listed> all = new ArrayList<>();
  private int filesLeft = MOST_FILES;

  private Databases(InputStream in, Consumer<String> skip) {
    this.lines = new Lines(in);
    this.skip = skip;
  }

  /// `var/lib/dpkg/status`, or a file of `status.d`, where what is named is installed.
  ///
  /// @param skip hears what is left out, and why
  static Database dpkg(InputStream in, boolean installedUnlessSaid, Consumer<String> skip)
      throws IOException {
    return new Databases(in, skip)
        .read(record -> {
          String status = record.get("Status");
          boolean installed =
              status == null ? installedUnlessSaid : PackageFiles.isInstalled(status);
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
  ///
  /// @param skip hears what is left out, and why
  static Database apk(InputStream in, Consumer<String> skip) throws IOException {
    return new Databases(in, skip)
        .read(record -> {
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

  private Database read(Reader reader) throws IOException {
    Map<String, String> record = new HashMap<>();
    List<String> files = new ArrayList<>();
    String directory = "";
    for (Optional<String> line = lines.next(); line.isPresent(); line = lines.next()) {
      String text = line.get();
      if (text.isEmpty()) {
        add(reader, record, files);
        record.clear();
        files.clear();
        directory = "";
      } else if (text.charAt(0) != ' ' && text.charAt(0) != '\t') {
        int colon = text.indexOf(':');
        if (colon == 1 && text.charAt(0) == 'F') {
          directory = text.substring(2);
        } else if (colon == 1 && text.charAt(0) == 'R') {
          file(
              files, directory.isEmpty() ? text.substring(2) : directory + "/" + text.substring(2));
        } else if (colon > 0 && colon <= LONGEST_KEY) {
          String key = text.substring(0, colon);
          if (KEYS.contains(key)) {
            // The first of a key counts: apk's has one line for each file.
            record.putIfAbsent(key, text.substring(colon + 1).strip());
          }
        }
      }
    }
    add(reader, record, files);
    if (lines.truncated) {
      skip.accept("larger than " + (LARGEST >> 20) + " MB; what follows was not read");
    }
    return new Database(all);
  }

  private void file(List<String> files, String path) {
    if (!PackageFiles.isPath(path)) {
      return;
    }
    if (--filesLeft >= 0) {
      files.add(path);
    } else if (filesLeft == -1) {
      skip.accept("names more than " + MOST_FILES + " files");
    }
  }

  private void add(Reader reader, Map<String, String> record, List<String> files) {
    if (record.isEmpty()) {
      return;
    }
    Optional<Installed> installed = reader.read(record);
    if (installed.isEmpty()) {
      return;
    }
    if (all.size() == MOST_PACKAGES) {
      lines.end();
      skip.accept("names more than " + MOST_PACKAGES + " packages");
      return;
    }
    all.add(new Listed(installed.get(), files));
  }

  /// Lines of a file, the rest of one that is too long left out.
  private static final class Lines {
    private final InputStream in;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private long left = LARGEST;
    private final byte[] chunk = new byte[CHUNK];
    private int at;
    private int filled;
    private boolean truncated;
    private boolean ended;

    Lines(InputStream in) {
      this.in = in;
    }

    void end() {
      ended = true;
    }

    Optional<String> next() throws IOException {
      line.reset();
      boolean any = false;
      while (!ended && (at < filled || fill())) {
        int begin = at;
        while (at < filled && chunk[at] != '\n') {
          at++;
        }
        any = true;
        line.write(chunk, begin, Math.min(at - begin, LONGEST_LINE - line.size()));
        if (at < filled) {
          at++;
          return Optional.of(text());
        }
      }
      return !any || truncated ? Optional.empty() : Optional.of(text());
    }

    /// More of the database, as long as it is not too large.
    private boolean fill() throws IOException {
      int n = truncated ? -1 : in.read(chunk);
      truncated |= n > left;
      at = 0;
      filled = (int) Math.clamp(n, 0, left);
      left -= filled;
      return filled > 0;
    }

    private String text() {
      String text = line.toString(StandardCharsets.UTF_8);
      return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
    }
  }
}
