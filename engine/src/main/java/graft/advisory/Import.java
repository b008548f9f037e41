package graft.advisory;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import graft.error.GraftException;
import graft.layer.Limits;
import graft.layer.TarEntry;
import graft.layer.TarReader;
import graft.oci.Json;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipInputStream;

/// Reads files of advisories: tells the format of each by its contents, and gives its records to
/// the reader of that format. What cannot be used is told to the draft; only an archive that is not
/// whole, and a failing read, end an import.
final class Import {
  /// Bytes of one record, as text. A tree of it takes ten times as much memory.
  static final int LARGEST_RECORD = 16 << 20;

  /// Of all files of one import, unpacked.
  private static final long LARGEST_IMPORT = 32L << 30;

  private static final int MOST_FILES = 2_000_000;

  /// As many bytes are looked at to tell a format.
  private static final int HEAD = 64 << 10;

  /// A file that was compressed on its own, in an archive that was compressed.
  private static final int DEEPEST = 3;

  private static final Limits TAR = new Limits(MOST_FILES, 4096, 1 << 20, LARGEST_IMPORT);

  private final Draft draft;
  private long left;
  private int files;

  Import(Draft draft) {
    this(draft, LARGEST_IMPORT);
  }

  Import(Draft draft, long largest) {
    this.draft = draft;
    this.left = largest;
  }

  /// @param name to tell the user where something was
  void read(String name, InputStream in) throws IOException {
    file(name, in, 0);
  }

  private void file(String name, InputStream in, int depth) throws IOException {
    if (++files > MOST_FILES) {
      throw GraftException.invalid("there are more than " + MOST_FILES + " files in it");
    }
    BufferedInputStream buffered = new BufferedInputStream(new Counted(in, depth), HEAD);
    buffered.mark(HEAD);
    byte[] head = buffered.readNBytes(HEAD);
    buffered.reset();
    boolean gzip = startsWith(head, 0x1f, 0x8b);
    boolean zip = startsWith(head, 'P', 'K', 3, 4);
    boolean tar =
        head.length > 262 && new String(head, 257, 5, StandardCharsets.US_ASCII).equals("ustar");
    if ((gzip || zip || tar) && depth >= DEEPEST) {
      draft.skip(name, "an archive in an archive in an archive");
      return;
    }
    try {
      if (gzip) {
        try (GZIPInputStream unpacked = new GZIPInputStream(buffered, HEAD)) {
          file(name, unpacked, depth + 1);
        }
      } else if (zip) {
        zip(name, buffered, depth);
      } else if (tar) {
        tar(name, buffered, depth);
      } else {
        text(name, head, buffered);
      }
    } catch (ZipException | EOFException e) {
      throw new GraftException(
          GraftException.Kind.INVALID,
          name + " is not whole or damaged (" + e.getMessage() + "); nothing of it was imported",
          e);
    }
  }

  private static boolean startsWith(byte[] head, int... magic) {
    for (int i = 0; i < magic.length; i++) {
      if (i >= head.length || Byte.toUnsignedInt(head[i]) != magic[i]) {
        return false;
      }
    }
    return true;
  }

  private void zip(String name, InputStream in, int depth) throws IOException {
    try (ZipInputStream zip = new ZipInputStream(in)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        if (!entry.isDirectory()) {
          file(name + "/" + entry.getName(), zip, depth + 1);
        }
      }
    }
  }

  private void tar(String name, InputStream in, int depth) throws IOException {
    TarReader tar = new TarReader(in, TAR, TarReader.Recorder.NONE);
    for (Optional<TarEntry> entry = tar.next(); entry.isPresent(); entry = tar.next()) {
      if (entry.get().type() == TarEntry.Type.FILE) {
        file(name + "/" + entry.get().path(), tar.payload(), depth + 1);
      }
    }
  }

  private void text(String name, byte[] head, BufferedInputStream in) throws IOException {
    int first = 0;
    // The mark of UTF-8 that some editors put before a file.
    if (startsWith(head, 0xef, 0xbb, 0xbf)) {
      in.skipNBytes(3);
      first = 3;
    }
    while (first < head.length && Character.isWhitespace(head[first])) {
      first++;
    }
    char c = first < head.length ? (char) head[first] : 0;
    if (c == 0) {
      draft.skip(name, head.length == 0 ? "empty" : "not a format known here");
    } else if (c == '[') {
      array(name, in);
    } else if (c == '{' && DebianTracker.begins(head)) {
      tracker(name, in);
    } else if (c == '{') {
      objects(name, in);
    } else {
      yaml(name, in);
    }
  }

  private void tracker(String name, BufferedInputStream in) throws IOException {
    try {
      DebianTracker.read(name, new Metered(in, LARGEST_RECORD), draft);
    } catch (JsonProcessingException e) {
      draft.skip(name, "not valid JSON from somewhere on: " + e.getOriginalMessage());
    } catch (Metered.TooLarge e) {
      draft.skip(name, e.getMessage() + ", and all after it");
    }
  }

  /// One object, or one in each line.
  private void objects(String name, BufferedInputStream in) throws IOException {
    LineReader lines = new LineReader(in, LARGEST_RECORD);
    byte[] line = lines.next();
    while (line != null && isBlank(line)) {
      line = lines.next();
    }
    if (line != null && !lines.wasTooLong() && !endsObject(line)) {
      whole(name, line, lines);
      return;
    }
    for (int number = 1; line != null; number++, line = lines.next()) {
      String where = name + " line " + number;
      if (lines.wasTooLong()) {
        draft.skip(where, "a record larger than " + (LARGEST_RECORD >> 20) + " MiB");
      } else if (!isBlank(line)) {
        json(where, line);
      }
    }
  }

  private static boolean isBlank(byte[] line) {
    for (byte b : line) {
      if (!Character.isWhitespace(b)) {
        return false;
      }
    }
    return true;
  }

  private static boolean endsObject(byte[] line) {
    int end = line.length;
    while (end > 0 && Character.isWhitespace(line[end - 1])) {
      end--;
    }
    return end > 1 && line[end - 1] == '}';
  }

  /// One document on many lines.
  private void whole(String name, byte[] line, LineReader lines) throws IOException {
    byte[] rest = lines.rest(LARGEST_RECORD - line.length);
    if (line.length + rest.length > LARGEST_RECORD) {
      draft.skip(name, "a record larger than " + (LARGEST_RECORD >> 20) + " MiB");
      return;
    }
    byte[] all = Arrays.copyOf(line, line.length + rest.length);
    System.arraycopy(rest, 0, all, line.length, rest.length);
    json(name, all);
  }

  private void json(String where, byte[] bytes) throws IOException {
    try {
      record(where, Json.MAPPER.readTree(bytes));
    } catch (JsonProcessingException e) {
      draft.skip(where, "not valid JSON: " + e.getOriginalMessage());
    }
  }

  private void array(String name, BufferedInputStream in) throws IOException {
    Metered metered = new Metered(in, LARGEST_RECORD);
    int number = 0;
    try (JsonParser parser = Json.MAPPER.getFactory().createParser(metered)) {
      parser.nextToken();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        number++;
        JsonNode record = parser.readValueAsTree();
        record(name + " record " + number, record);
        metered.renew();
      }
    } catch (JsonProcessingException e) {
      draft.skip(name, "not valid JSON from somewhere on: " + e.getOriginalMessage());
    } catch (Metered.TooLarge e) {
      draft.skip(name, e.getMessage() + ", and all after it");
    }
  }

  private void yaml(String name, BufferedInputStream in) throws IOException {
    byte[] all = in.readNBytes(LARGEST_RECORD);
    if (in.read() >= 0) {
      draft.skip(name, "not a format known here, or a record that is too large");
      return;
    }
    try {
      record(name, Yaml.read(all));
    } catch (JsonProcessingException e) {
      draft.skip(name, "not a format known here");
    }
  }

  private void record(String where, JsonNode record) throws IOException {
    if (OpenVex.is(record)) {
      OpenVex.read(where, record, draft);
    } else if (Csaf.is(record)) {
      Csaf.read(where, record, draft);
    } else if (Osv.is(record)) {
      Osv.read(where, record, draft);
    } else if (Secdb.is(record)) {
      Secdb.read(where, record, draft);
    } else {
      draft.skip(where, "not a format known here");
    }
  }

  /// Counts what was unpacked, and does not close what is read on after it.
  private final class Counted extends InputStream {
    private final InputStream in;
    private final boolean counts;

    Counted(InputStream in, int depth) {
      this.in = in;
      this.counts = depth > 0;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
      int n = in.read(buffer, offset, length);
      if (counts && n > 0) {
        left -= n;
        if (left < 0) {
          throw GraftException.invalid(
              "there is more in it, unpacked, than is read of one import; nothing was imported");
        }
      }
      return n;
    }
  }
}
