package graft.inventory;

import graft.inventory.Evidence.Database;
import graft.inventory.Evidence.Listed;
import graft.inventory.Inventory.Installed;
import graft.inventory.Inventory.Manager;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// The packages of an `rpmdb.sqlite`: headers of packages, each a blob of the table `Packages`.
///
/// Source: rpm, docs/manual/format.md (header structure), include/rpm/rpmtag.h.
final class RpmDatabase {
  private static final int NAME = 1000;
  private static final int VERSION = 1001;
  private static final int RELEASE = 1002;
  private static final int EPOCH = 1003;
  private static final int LICENSE = 1014;
  private static final int PACKAGER = 1015;
  private static final int ARCH = 1022;
  private static final int SOURCE_RPM = 1044;
  private static final int DIR_INDEXES = 1116;
  private static final int BASE_NAMES = 1117;
  private static final int DIR_NAMES = 1118;
  private static final int MODULARITY_LABEL = 5096;

  private static final int INT32 = 4;
  private static final int STRING = 6;
  private static final int STRING_ARRAY = 8;
  private static final int I18N_STRING = 9;

  private static final int ENTRY = 16;

  /// rpm's own bounds of a header are larger; the largest in use has 30,000 files.
  private static final int MOST_ENTRIES = 64 << 10;

  private RpmDatabase() {}

  /// @param skip hears what is left out, and why
  static Database read(Bytes file, Consumer<String> skip) throws IOException {
    List<Listed> all = new ArrayList<>();
    int[] damaged = {0};
    int[] filesLeft = {Databases.MOST_FILES};
    SqliteTable table = SqliteTable.find(file, "Packages");
    try {
      table.forEach(
          blob -> {
            if (all.size() == Databases.MOST_PACKAGES) {
              throw new Senseless("names more than " + Databases.MOST_PACKAGES + " packages");
            }
            try {
              new Header(blob, filesLeft).listed().ifPresent(all::add);
            } catch (IndexOutOfBoundsException | BufferUnderflowException e) {
              damaged[0]++;
            }
          },
          skip);
    } catch (Senseless | IndexOutOfBoundsException | BufferUnderflowException e) {
      // What was read before is as good as the rest would have been.
      skip.accept("damaged, read in part: " + e.getMessage());
    }
    if (damaged[0] > 0) {
      skip.accept(damaged[0] + " of its packages make no sense");
    }
    if (filesLeft[0] < 0) {
      skip.accept("names more than " + Databases.MOST_FILES + " files");
    }
    return new Database(all);
  }

  /// An index of tags, and the data it points into.
  private static final class Header {
    private final ByteBuffer bytes;
    private final int entries;
    private final int data;
    private final int[] filesLeft;

    Header(byte[] blob, int[] filesLeft) {
      this.bytes = ByteBuffer.wrap(blob);
      this.entries = bytes.getInt(0);
      int length = bytes.getInt(4);
      this.filesLeft = filesLeft;
      this.data = 8 + entries * ENTRY;
      if (entries < 0 || entries > MOST_ENTRIES || length < 0 || blob.length - data < length) {
        throw new IndexOutOfBoundsException("the header of a package is longer than what is there");
      }
    }

    private Optional<Integer> entry(int tag) {
      for (int i = 0; i < entries; i++) {
        if (bytes.getInt(8 + i * ENTRY) == tag) {
          return Optional.of(8 + i * ENTRY);
        }
      }
      return Optional.empty();
    }

    private List<String> texts(int tag, int most) {
      Optional<Integer> at = entry(tag);
      List<String> all = new ArrayList<>();
      if (at.isEmpty()) {
        return all;
      }
      int count =
          switch (bytes.getInt(at.get() + 4)) {
            case STRING -> 1;
            case STRING_ARRAY, I18N_STRING -> bytes.getInt(at.get() + 12);
            default -> throw new IndexOutOfBoundsException("tag " + tag + " is no text");
          };
      int from = data + offset(at.get());
      for (int i = 0; i < Math.min(count, most); i++) {
        int end = from;
        while (bytes.get(end) != 0) {
          end++;
        }
        all.add(new String(bytes.array(), from, end - from, StandardCharsets.UTF_8));
        from = end + 1;
      }
      return all;
    }

    private int offset(int entry) {
      int offset = bytes.getInt(entry + 8);
      if (offset < 0) {
        throw new IndexOutOfBoundsException("an offset is negative");
      }
      return offset;
    }

    private String text(int tag) {
      List<String> all = texts(tag, 1);
      return all.isEmpty() ? "" : all.getFirst();
    }

    private List<Integer> numbers(int tag, int most) {
      Optional<Integer> at = entry(tag);
      List<Integer> all = new ArrayList<>();
      if (at.isEmpty()) {
        return all;
      }
      if (bytes.getInt(at.get() + 4) != INT32) {
        throw new IndexOutOfBoundsException("tag " + tag + " is no number");
      }
      int from = data + offset(at.get());
      for (int i = 0; i < Math.min(bytes.getInt(at.get() + 12), most); i++) {
        all.add(bytes.getInt(from + 4 * i));
      }
      return all;
    }

    Optional<Listed> listed() {
      String name = text(NAME);
      String version = text(VERSION);
      // Keys that signatures are checked with are written down as packages.
      if (name.isEmpty() || version.isEmpty() || name.equals("gpg-pubkey")) {
        return Optional.empty();
      }
      String full = version + "-" + text(RELEASE);
      List<Integer> epochs = numbers(EPOCH, 1);
      String epoch =
          epochs.isEmpty() || epochs.getFirst() == 0
              ? ""
              : Integer.toUnsignedString(epochs.getFirst()) + ":";
      Source source = Source.of(text(SOURCE_RPM), name, full);
      Installed installed =
          new Installed(
              Manager.RPM,
              name,
              epoch + full,
              text(ARCH),
              source.name(),
              epoch + source.version(),
              text(LICENSE),
              text(PACKAGER),
              "",
              text(MODULARITY_LABEL),
              "");
      return Optional.of(new Listed(installed, files()));
    }

    private List<String> files() {
      List<String> names = texts(BASE_NAMES, Math.max(0, filesLeft[0]) + 1);
      List<Integer> indexes = numbers(DIR_INDEXES, names.size());
      List<String> directories = texts(DIR_NAMES, names.size());
      List<String> files = new ArrayList<>();
      for (int i = 0; i < names.size() && --filesLeft[0] >= 0; i++) {
        String path = clean(directories.get(indexes.get(i)) + names.get(i));
        if (PackageFiles.isPath(path)) {
          files.add(path);
        }
      }
      return files;
    }

    private static String clean(String path) {
      return path.startsWith("/") ? path.substring(1) : path;
    }
  }

  /// From `NAME-VERSION-RELEASE.src.rpm`; of the package itself where it says none.
  private record Source(String name, String version) {
    static Source of(String file, String name, String version) {
      int end = file.lastIndexOf(".src.rpm");
      if (end < 0) {
        end = file.lastIndexOf(".nosrc.rpm");
      }
      int release = file.lastIndexOf('-', end);
      int at = release <= 0 ? -1 : file.lastIndexOf('-', release - 1);
      return end < 0 || at <= 0
          ? new Source(name, version)
          : new Source(file.substring(0, at), file.substring(at + 1, end));
    }
  }
}
