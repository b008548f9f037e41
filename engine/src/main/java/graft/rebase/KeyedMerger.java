package graft.rebase;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Files that are sets of records, each with a key: what one side alone changed, added or removed
/// counts. Records are texts and never taken apart, but for lists in which both sides may add.
/// Bytes are read as Latin-1, so that none is lost.
final class KeyedMerger implements Merger {
  /// How a file falls into records, and how records become a file.
  interface Format {
    /// @return by key; empty if a key occurs twice, so that nobody can say what is meant
    Optional<Map<String, String>> split(String text);

    String join(Map<String, String> records);

    /// In which order the records of the merged file stand.
    default Set<String> order(Set<String> own, Set<String> now) {
      Set<String> all = new LinkedHashSet<>(now);
      all.addAll(own);
      return all;
    }

    /// Of a record that both sides changed: null if it cannot be done.
    default @Nullable String mergeRecord(@Nullable String old, String own, String now) {
      return null;
    }
  }

  private final Format format;

  KeyedMerger(Format format) {
    this.format = format;
  }

  @Override
  public Merging merge(Optional<byte[]> old, Optional<byte[]> own, Optional<byte[]> now) {
    Optional<Map<String, String>> x = records(old);
    Optional<Map<String, String>> y = records(own);
    Optional<Map<String, String>> z = records(now);
    if (x.isEmpty() || y.isEmpty() || z.isEmpty()) {
      return new Merging.Clash(List.of("a key that occurs twice"));
    }
    return merge(x.get(), y.get(), z.get(), old.isPresent() || own.isPresent() || now.isPresent());
  }

  private Merging merge(
      Map<String, String> x, Map<String, String> y, Map<String, String> z, boolean any) {
    List<String> clashes = new ArrayList<>();
    Map<String, String> merged = new LinkedHashMap<>();
    for (String key : format.order(y.keySet(), z.keySet())) {
      String old = x.get(key);
      String own = y.get(key);
      String now = z.get(key);
      String result;
      if (same(old, own)) {
        result = now;
      } else if (same(old, now) || same(own, now)) {
        result = own;
      } else {
        result = own == null || now == null ? null : format.mergeRecord(old, own, now);
        if (result == null) {
          clashes.add(key);
        }
      }
      if (result != null) {
        merged.put(key, result);
      }
    }
    if (!clashes.isEmpty()) {
      return new Merging.Clash(clashes);
    }
    return new Merging.Merged(any ? Optional.of(bytes(format.join(merged))) : Optional.empty());
  }

  private static boolean same(@Nullable String a, @Nullable String b) {
    return a == null ? b == null : a.equals(b);
  }

  private Optional<Map<String, String>> records(Optional<byte[]> file) {
    return file.isEmpty()
        ? Optional.of(Map.of())
        : format.split(new String(file.get(), StandardCharsets.ISO_8859_1));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /// Records of `key: value` lines with empty lines between.
  ///
  /// @param key of a record's text; empty if it has none
  static Format stanzas(Function<String, Optional<String>> key) {
    return new Format() {
      @Override
      public Optional<Map<String, String>> split(String text) {
        Map<String, String> all = new LinkedHashMap<>();
        for (String stanza : Stanza.split(text)) {
          // What has no key is one of a kind.
          if (all.put(key.apply(stanza).orElse(stanza), stanza) != null) {
            return Optional.empty();
          }
        }
        return Optional.of(all);
      }

      @Override
      public String join(Map<String, String> records) {
        StringBuilder all = new StringBuilder();
        records.values().forEach(r -> all.append(r).append("\n\n"));
        return all.toString();
      }

      @Override
      public Set<String> order(Set<String> own, Set<String> now) {
        Set<String> all = new TreeSet<>(own);
        all.addAll(now);
        return all;
      }
    };
  }

  /// Lines of fields with colons between, by the first field.
  ///
  /// @param members index of the field in which both sides may add names with commas between; -1 if
  ///   there is none
  static Format accounts(int members) {
    return new Lines(line -> line.substring(0, until(line, ':'))) {
      @Override
      public @Nullable String mergeRecord(@Nullable String old, String own, String now) {
        String[] x = old == null ? new String[0] : old.split(":", -1);
        String[] y = own.split(":", -1);
        String[] z = now.split(":", -1);
        if (members < 0 || y.length != z.length || members >= y.length) {
          return null;
        }
        for (int i = 0; i < y.length; i++) {
          if (i != members && !y[i].equals(z[i])) {
            return null;
          }
        }
        Set<String> all = names(z[members]);
        Set<String> before = x.length == y.length ? names(x[members]) : Set.of();
        Set<String> mine = names(y[members]);
        all.removeIf(name -> before.contains(name) && !mine.contains(name));
        mine.stream().filter(name -> !before.contains(name)).forEach(all::add);
        z[members] = String.join(",", all);
        return String.join(":", z);
      }
    };
  }

  private static Set<String> names(String list) {
    Set<String> all = new LinkedHashSet<>();
    for (String name : list.split(",")) {
      if (!name.isEmpty()) {
        all.add(name);
      }
    }
    return all;
  }

  private static int until(String line, char c) {
    int at = line.indexOf(c);
    return at < 0 ? line.length() : at;
  }

  /// Lines that are there or not.
  static Format lines() {
    return new Lines(line -> line);
  }

  /// `HASH PATH`, by the path.
  static Format hashes() {
    return new Lines(line -> line.substring(line.lastIndexOf(' ') + 1));
  }

  private static class Lines implements Format {
    private final Function<String, String> key;

    Lines(Function<String, String> key) {
      this.key = key;
    }

    @Override
    public Optional<Map<String, String>> split(String text) {
      Map<String, String> all = new LinkedHashMap<>();
      for (String line : text.split("\n")) {
        String k = line.isBlank() ? "" : key.apply(line);
        // Comments and the lines of NIS are as often there as they are.
        boolean plain = !k.isEmpty() && !k.startsWith("#");
        String former = k.isEmpty() ? null : all.put(plain ? k : line, line);
        if (former != null && plain && !former.equals(line)) {
          return Optional.empty();
        }
      }
      return Optional.of(all);
    }

    @Override
    public String join(Map<String, String> records) {
      StringBuilder all = new StringBuilder();
      records.values().forEach(r -> all.append(r).append('\n'));
      return all.toString();
    }
  }

  /// Three lines for each diversion: from, to, by.
  static Format diversions() {
    return new Format() {
      @Override
      public Optional<Map<String, String>> split(String text) {
        Map<String, String> all = new LinkedHashMap<>();
        String[] lines = text.split("\n");
        for (int i = 0; i + 2 < lines.length; i += 3) {
          String record = lines[i] + "\n" + lines[i + 1] + "\n" + lines[i + 2] + "\n";
          if (all.put(lines[i], record) != null) {
            return Optional.empty();
          }
        }
        return Optional.of(all);
      }

      @Override
      public String join(Map<String, String> records) {
        return String.join("", records.values());
      }
    };
  }

  /// A bundle of certificates: that of `update-ca-certificates` is one after the other.
  static Format certificates() {
    return new Format() {
      private static final String END = "-----END CERTIFICATE-----";

      @Override
      public Optional<Map<String, String>> split(String text) {
        Map<String, String> all = new LinkedHashMap<>();
        int from = 0;
        for (int end = text.indexOf(END); end >= 0; end = text.indexOf(END, from)) {
          String block = text.substring(from, end + END.length()).strip();
          all.put(block, block);
          from = end + END.length();
        }
        // Anything else in it nobody knows how to merge.
        return text.substring(from).isBlank() ? Optional.of(all) : Optional.empty();
      }

      @Override
      public String join(Map<String, String> records) {
        StringBuilder all = new StringBuilder();
        records.values().forEach(r -> all.append(r).append('\n'));
        return all.toString();
      }
    };
  }
}
