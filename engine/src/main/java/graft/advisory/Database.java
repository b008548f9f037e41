package graft.advisory;

import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.error.GraftException;
import graft.oci.Digest;
import graft.oci.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// What all sources say, as one file that is mapped and never read whole: [Lines] in order, and
/// last a line of JSON about the file itself. Immutable; an import makes another one.
final class Database {
  /// In the last line.
  static final String FORMAT = "graft-advisories/1";

  private static final int LONGEST_TRAILER = 16 << 20;
  private static final int MOST_NAMES = 64;
  private static final int HASHED_AT_ONCE = 1 << 20;

  /// Advisories that are kept in memory: some tens of megabytes.
  private static final long MOST_KEPT = 50_000;

  private final MemorySegment body;
  private final Digest digest;
  private final List<Source> sources;

  /// What was asked for before: images have most of their packages in common, and looking one up
  /// takes longer than all else that is done about it.
  private final Map<Asked, List<Advisory>> kept = new ConcurrentHashMap<>();

  private final AtomicLong held = new AtomicLong();

  private record Asked(Ecosystem ecosystem, String name) {}

  private Database(MemorySegment body, Digest digest, List<Source> sources) {
    this.body = body;
    this.digest = digest;
    this.sources = List.copyOf(sources);
  }

  static Database empty() {
    MemorySegment nothing = MemorySegment.ofArray(new byte[0]);
    return new Database(nothing, digest(nothing), List.of());
  }

  /// In memory, of lines in order.
  static Database of(SortedLines.Cursor lines) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] line = lines.next(); line != null; line = lines.next()) {
      all.writeBytes(line);
      all.write('\n');
    }
    MemorySegment body = MemorySegment.ofArray(all.toByteArray());
    return new Database(body, digest(body), List.of());
  }

  /// Maps a file and verifies that it is whole. CORRUPT if it is not.
  static Database open(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      // Unmapped by the collector: a match may still read the database that an import replaces.
      MemorySegment all =
          channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), Arena.ofAuto());
      long end = all.byteSize() - 1;
      if (end < 0 || all.get(ValueLayout.JAVA_BYTE, end) != '\n') {
        throw GraftException.corrupt(file + " is cut off");
      }
      long start = lineStart(all, end);
      if (end - start > LONGEST_TRAILER) {
        throw GraftException.corrupt(file + " does not end as an advisory database does");
      }
      ObjectNode trailer = Json.object(bytes(all, start, end), "the last line of " + file);
      if (!Json.text(trailer, "format").equals(FORMAT)) {
        throw GraftException.corrupt(file + " is not in the form " + FORMAT);
      }
      MemorySegment body = all.asSlice(0, start);
      Digest digest = digest(body);
      if (!digest.toString().equals(Json.text(trailer, "digest"))) {
        throw GraftException.corrupt(file + " is damaged: its digest is another one");
      }
      List<Source> sources = new ArrayList<>();
      trailer.path("sources").forEach(node -> sources.add(Source.of(node)));
      return new Database(body, digest, sources);
    }
  }

  private static Digest digest(MemorySegment body) {
    MessageDigest hash = Digest.newSha256();
    byte[] buffer = new byte[HASHED_AT_ONCE];
    for (long at = 0; at < body.byteSize(); at += buffer.length) {
      int length = (int) Math.min(buffer.length, body.byteSize() - at);
      MemorySegment.copy(body, ValueLayout.JAVA_BYTE, at, buffer, 0, length);
      hash.update(buffer, 0, length);
    }
    return Digest.sha256(hash.digest());
  }

  /// Of the lines, whatever the sources were called when. The same lines have the same digest.
  Digest digest() {
    return digest;
  }

  List<Source> sources() {
    return sources;
  }

  boolean knows(Ecosystem ecosystem) {
    return has(Lines.of(Lines.ADVISORY, ecosystem.name(), ""));
  }

  List<Advisory> advisories(Ecosystem ecosystem, String name) {
    Asked asked = new Asked(ecosystem, name);
    List<Advisory> known = kept.get(asked);
    if (known != null) {
      return known;
    }
    List<Advisory> found = read(ecosystem, name);
    if (held.addAndGet(found.size() + 1L) > MOST_KEPT) {
      // Whatever is needed again is soon here again.
      kept.clear();
      held.set(found.size() + 1L);
    }
    kept.put(asked, found);
    return found;
  }

  private List<Advisory> read(Ecosystem ecosystem, String name) {
    return lines(Lines.of(Lines.ADVISORY, ecosystem.name(), name, "")).stream()
        .map(line -> Lines.advisory(line, ecosystem))
        .toList();
  }

  boolean hasSuppressions() {
    return has(Lines.of(Lines.SUPPRESSION, ""));
  }

  List<Suppression> suppressions(String vulnerability) {
    return lines(Lines.of(Lines.SUPPRESSION, vulnerability, "")).stream()
        .map(Lines::suppression)
        .toList();
  }

  /// All names of a vulnerability that can be had from these, these included.
  Set<String> names(Set<String> some) {
    Set<String> all = new TreeSet<>(some);
    List<String> unread = new ArrayList<>(all);
    while (!unread.isEmpty() && all.size() < MOST_NAMES) {
      String name = unread.removeLast();
      for (byte[] line : lines(Lines.of(Lines.NAME, name, ""))) {
        String other = Lines.field(line, 2);
        if (all.add(other)) {
          unread.add(other);
        }
      }
    }
    return all;
  }

  /// All lines, in order.
  SortedLines.Cursor cursor() {
    return new SortedLines.Cursor() {
      private long at;

      @Override
      public byte @Nullable [] next() {
        if (at >= body.byteSize()) {
          return null;
        }
        long end = lineEnd(at);
        byte[] line = bytes(body, at, end);
        at = end + 1;
        return line;
      }
    };
  }

  private boolean has(byte[] prefix) {
    long at = first(prefix);
    return at < body.byteSize() && startsWith(at, prefix);
  }

  private List<byte[]> lines(byte[] prefix) {
    List<byte[]> found = new ArrayList<>();
    for (long at = first(prefix); at < body.byteSize() && startsWith(at, prefix); ) {
      long end = lineEnd(at);
      found.add(bytes(body, at, end));
      at = end + 1;
    }
    return found;
  }

  /// Where the first line begins that is not before this one.
  private long first(byte[] wanted) {
    long low = 0;
    long high = body.byteSize();
    while (low < high) {
      long start = lineStart(body, low + (high - low) / 2);
      if (isBefore(start, wanted)) {
        low = lineEnd(start) + 1;
      } else {
        high = start;
      }
    }
    return low;
  }

  private boolean isBefore(long line, byte[] wanted) {
    for (int i = 0; i < wanted.length; i++) {
      // The line's end is before all that a field may have, as a shorter line is before a longer.
      int b = Byte.toUnsignedInt(body.get(ValueLayout.JAVA_BYTE, line + i));
      int w = Byte.toUnsignedInt(wanted[i]);
      if (b == '\n' || b != w) {
        return b == '\n' || b < w;
      }
    }
    return false;
  }

  private boolean startsWith(long line, byte[] prefix) {
    return line + prefix.length <= body.byteSize()
        && body.asSlice(line, prefix.length).mismatch(MemorySegment.ofArray(prefix)) < 0;
  }

  private long lineEnd(long from) {
    long at = from;
    while (body.get(ValueLayout.JAVA_BYTE, at) != '\n') {
      at++;
    }
    return at;
  }

  /// Of the line that this byte is in; its end belongs to it.
  private static long lineStart(MemorySegment in, long within) {
    long at = within;
    while (at > 0 && in.get(ValueLayout.JAVA_BYTE, at - 1) != '\n') {
      at--;
    }
    return at;
  }

  private static byte[] bytes(MemorySegment from, long start, long end) {
    return from.asSlice(start, end - start).toArray(ValueLayout.JAVA_BYTE);
  }
}
