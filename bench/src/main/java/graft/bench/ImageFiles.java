package graft.bench;

import graft.layer.Limits;
import graft.layer.TarEntry;
import graft.layer.TarReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// Everything in an image, as a container of it sees it.
final class ImageFiles {
  /// @param content of a file a checksum, of a link its target
  record Entry(TarEntry.Type type, int mode, long uid, long gid, String content, String xattrs) {}

  private static final String STATUS = "var/lib/dpkg/status";

  /// Of records in any order: apt's own is that of a hash table.
  private static final String MARKS = "var/lib/apt/extended_states";

  /// What differs from one installation to the next, wherever it is made: times of logs, and caches
  /// that programs make of other files, in the order in which they came to be.
  private static final Pattern DERIVED =
      Pattern.compile(
          "var/log/.*|var/cache/(ldconfig/aux-cache|apt/.*|debconf/.*-old|fontconfig/.*)"
              + "|var/lib/dpkg/.*-old"
              + "|var/lib/apt/lists/.*|.*/__pycache__/.*|etc/(passwd|group|shadow|gshadow)-"
              + "|usr/share/info/dir\\.old|(etc|var/lib/dbus)/machine-id"
              + "|etc/ssl/certs/java/cacerts|dev/.*|proc/.*|sys/.*|run/.*");

  private final TreeMap<String, Entry> entries = new TreeMap<>();
  private final Set<String> elves = new TreeSet<>();
  private final Map<String, String> texts = new TreeMap<>();

  /// @param tar as `docker export` writes it
  static ImageFiles of(InputStream tar) throws IOException {
    ImageFiles all = new ImageFiles();
    TarReader reader = new TarReader(tar, Limits.DEFAULT, TarReader.Recorder.NONE);
    for (var entry = reader.next(); entry.isPresent(); entry = reader.next()) {
      all.add(entry.get(), reader);
    }
    return all;
  }

  private void add(TarEntry entry, TarReader reader) throws IOException {
    String path = entry.path().toString();
    if (path.isEmpty()) {
      return;
    }
    String content =
        switch (entry.type()) {
          case FILE -> file(path, reader);
          case SYMLINK -> entry.linkTarget().toString();
          case HARDLINK -> "";
          case CHAR, BLOCK -> entry.deviceMajor() + ":" + entry.deviceMinor();
          case DIRECTORY, FIFO -> "";
        };
    if (entry.type() == TarEntry.Type.HARDLINK) {
      String other = entry.linkTarget().toString();
      Entry same = entries.get(other);
      if (same == null) {
        throw new IOException(path + " is a link to " + other + ", which is not there");
      }
      entries.put(path, same);
      if (elves.contains(other)) {
        elves.add(path);
      }
      return;
    }
    entries.put(
        path,
        new Entry(
            entry.type(),
            entry.type() == TarEntry.Type.SYMLINK ? 0 : entry.mode(),
            entry.uid(),
            entry.gid(),
            content,
            new TreeMap<>(entry.xattrs()).toString()));
  }

  private String file(String path, TarReader reader) throws IOException {
    MessageDigest sha = sha256();
    byte[] buffer = new byte[64 * 1024];
    boolean start = true;
    StringBuilder text = new StringBuilder();
    int read;
    while ((read = reader.read(buffer, 0, buffer.length)) > 0) {
      if (start && read >= 4 && buffer[0] == 0x7f && buffer[1] == 'E' && buffer[2] == 'L') {
        elves.add(path);
      }
      start = false;
      sha.update(buffer, 0, read);
      if (isDatabase(path)) {
        text.append(new String(buffer, 0, read, StandardCharsets.ISO_8859_1));
      }
    }
    if (isDatabase(path)) {
      texts.put(path, text.toString());
    }
    return HexFormat.of().formatHex(sha.digest());
  }

  private static boolean isDatabase(String path) {
    return path.equals(STATUS) || path.equals(MARKS);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  int size() {
    return entries.size();
  }

  Optional<Entry> find(String path) {
    return Optional.ofNullable(entries.get(path));
  }

  /// Programs and libraries.
  Set<String> elves() {
    return elves;
  }

  /// Programs and libraries that another image does not have, or has otherwise.
  List<String> elvesBeside(ImageFiles other) {
    return elves.stream()
        .filter(p -> {
          Entry there = other.entries.get(p);
          return there == null || !there.equals(entries.get(p));
        })
        .toList();
  }

  /// The same with the links by which libraries are found.
  List<String> programsBeside(ImageFiles other) {
    List<String> all = new ArrayList<>(elvesBeside(other));
    entries.forEach((path, entry) -> {
      if (entry.type() == TarEntry.Type.SYMLINK
          && path.contains(".so")
          && !entry.equals(other.entries.get(path))) {
        all.add(path);
      }
    });
    return all;
  }

  /// Paths that are not the same in both, but for the database of packages and what is derived.
  List<String> differences(ImageFiles other) {
    Set<String> paths = new TreeSet<>(entries.keySet());
    paths.addAll(other.entries.keySet());
    List<String> all = new ArrayList<>();
    for (String path : paths) {
      Entry mine = entries.get(path);
      Entry theirs = other.entries.get(path);
      if (mine != null && mine.equals(theirs)
          || isDatabase(path)
          || DERIVED.matcher(path).matches()) {
        continue;
      }
      all.add(path + (theirs == null ? " (only here)" : mine == null ? " (not here)" : ""));
    }
    return all;
  }

  /// Records of the databases of packages, by package and architecture.
  Map<String, String> packages() {
    Map<String, String> all = new TreeMap<>();
    texts.forEach((path, text) -> {
      for (String record : text.split("\n\n")) {
        if (!record.isBlank()) {
          all.put(
              path + " " + field(record, "Package") + ":" + field(record, "Architecture"),
              record.strip());
        }
      }
    });
    return all;
  }

  private static String field(String record, String name) {
    return record
        .lines()
        .filter(l -> l.startsWith(name + ": "))
        .map(l -> l.substring(name.length() + 2))
        .findFirst()
        .orElse("");
  }
}
