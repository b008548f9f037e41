package graft.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.error.GraftException;
import graft.layer.TarEntry.Name;
import graft.layer.TarEntry.Type;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TarTest {
  private record Read(List<TarEntry> entries, Map<Name, byte[]> files) {}

  private static Read read(byte[] tar, Limits limits, TarReader.Recorder recorder)
      throws IOException {
    TarReader reader = new TarReader(new ByteArrayInputStream(tar), limits, recorder);
    List<TarEntry> entries = new ArrayList<>();
    Map<Name, byte[]> files = new HashMap<>();
    for (Optional<TarEntry> e = reader.next(); e.isPresent(); e = reader.next()) {
      entries.add(e.get());
      if (e.get().type() == Type.FILE) {
        files.put(e.get().path(), reader.readAll(1 << 24));
      }
    }
    return new Read(entries, files);
  }

  private static Read read(byte[] tar) throws IOException {
    return read(tar, Limits.DEFAULT, TarReader.Recorder.NONE);
  }

  // ---- the very same bytes again

  @ParameterizedTest
  @ValueSource(longs = {0, 1000, 2000, 3000})
  void aTarIsPutTogetherAgainByteByByte(long base) throws IOException {
    for (long seed = base; seed < base + 60; seed++) {
      byte[] tar = new RandomTar(seed).make();
      ByteArrayOutputStream split = new ByteArrayOutputStream();
      Read read;
      try (TarSplit.Recording recording = new TarSplit.Recording(split)) {
        read = read(tar, Limits.DEFAULT, recording);
      }
      InputStream again =
          TarSplit.assemble(
              new ByteArrayInputStream(split.toByteArray()),
              source ->
                  new ByteArrayInputStream(read.files().getOrDefault(source.name(), new byte[0])));
      assertThat(again.readAllBytes()).as("seed " + seed).isEqualTo(tar);
    }
  }

  @Test
  void aFileThatChangedIsNoticed() throws IOException {
    byte[] tar = new RandomTar(5).make();
    ByteArrayOutputStream split = new ByteArrayOutputStream();
    try (TarSplit.Recording recording = new TarSplit.Recording(split)) {
      read(tar, Limits.DEFAULT, recording);
    }
    for (int size : new int[] {0, 100_000}) {
      assertThatThrownBy(() ->
              TarSplit.assemble(
                      new ByteArrayInputStream(split.toByteArray()),
                      path -> new ByteArrayInputStream(new byte[size]))
                  .readAllBytes())
          .isInstanceOf(IOException.class)
          .hasMessageContaining("than it was");
    }
    byte[] cut = java.util.Arrays.copyOf(split.toByteArray(), split.size() / 2);
    assertThatThrownBy(() ->
            TarSplit.assemble(
                    new ByteArrayInputStream(cut), path -> new ByteArrayInputStream(new byte[0]))
                .readAllBytes())
        .isInstanceOf(IOException.class);
  }

  // ---- writing and reading

  private static TarEntry entry(
      String path, Type type, long size, String link, Instant time, Map<String, Name> xattrs) {
    boolean device = type == Type.CHAR || type == Type.BLOCK;
    return new TarEntry(
        Name.of(path),
        type,
        04755,
        3_000_000_000L,
        5,
        size,
        time,
        Name.of(link),
        device ? 7 : 0,
        device ? 300 : 0,
        xattrs);
  }

  private static List<TarEntry> samples() {
    Instant whole = Instant.ofEpochSecond(1_700_000_000);
    Name binary = Name.of(new byte[] {0, 1, (byte) 0xff, '\n', '='});
    return List.of(
        entry("d", Type.DIRECTORY, 0, "", whole, Map.of()),
        entry("d/f", Type.FILE, 1000, "", whole.plusNanos(1), Map.of()),
        entry(
            "d/x",
            Type.FILE,
            0,
            "",
            whole,
            Map.of("security.capability", binary, "user.e", Name.EMPTY)),
        entry("d/" + "n".repeat(200) + "/ü", Type.FILE, 513, "", whole, Map.of()),
        entry("old", Type.FILE, 1, "", Instant.ofEpochSecond(-5, 250_000_000), Map.of()),
        entry("far", Type.FILE, 1, "", Instant.ofEpochSecond(1L << 35), Map.of()),
        entry("s", Type.SYMLINK, 0, "../" + "t".repeat(150), whole, Map.of()),
        entry("h", Type.HARDLINK, 0, "d/f", whole, Map.of()),
        entry("c", Type.CHAR, 0, "", whole, Map.of()),
        entry("b", Type.BLOCK, 0, "", whole, Map.of()),
        entry("p", Type.FIFO, 0, "", whole, Map.of()),
        entry("d/.wh.gone", Type.FILE, 0, "", whole, Map.of()));
  }

  private static byte[] write(List<TarEntry> entries) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (TarWriter tar = new TarWriter(out)) {
      for (TarEntry e : entries) {
        tar.write(e, new ByteArrayInputStream(new byte[(int) e.size()]));
      }
      assertThat(tar.size()).isEqualTo(out.size());
    }
    return out.toByteArray();
  }

  @Test
  void whatIsWrittenIsRead() throws IOException {
    byte[] tar = write(samples());
    assertThat(read(tar).entries()).isEqualTo(samples());
    assertThat(write(samples())).isEqualTo(tar);
  }

  @Test
  void namesThatAreNoTextStayBytes() throws IOException {
    TarEntry e =
        new TarEntry(
            Name.of(new byte[] {'a', (byte) 0xff, (byte) 0xfe}),
            Type.FILE,
            0644,
            0,
            0,
            0,
            Instant.EPOCH,
            Name.EMPTY,
            0,
            0,
            Map.of());
    assertThat(read(write(List.of(e))).entries()).containsExactly(e);
  }

  @Test
  void gnuTarReadsIt(@TempDir Path dir) throws Exception {
    Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/tar")));
    Path file = dir.resolve("t.tar");
    Files.write(file, write(samples()));
    Process tar =
        new ProcessBuilder("/usr/bin/tar", "--numeric-owner", "-tvf", file.toString())
            .redirectErrorStream(true)
            .start();
    String listing = new String(tar.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(tar.waitFor()).as(listing).isZero();
    assertThat(listing.lines()).hasSize(samples().size());
    assertThat(listing).contains("3000000000/5").contains("7,300").contains("h link to d/f");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gnu", "pax", "ustar", "v7", "oldgnu"})
  void gnuTarsOwnFormats(String format, @TempDir Path dir) throws Exception {
    Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/tar")));
    Path d = Files.createDirectories(dir.resolve("in/some/dir"));
    Files.writeString(d.resolve("file"), "hello");
    Files.createSymbolicLink(d.resolve("link"), Path.of("file"));
    Files.createLink(d.resolve("hard"), d.resolve("file"));
    if (!format.equals("v7")) {
      Files.writeString(d.resolve("n".repeat(99)), "long");
    }
    Process tar =
        new ProcessBuilder("/usr/bin/tar", "--format=" + format, "-C", dir + "/in", "-cf", "-", ".")
            .start();
    byte[] bytes = tar.getInputStream().readAllBytes();
    assertThat(tar.waitFor()).isZero();
    Read read = read(bytes);
    assertThat(read.entries()).extracting(e -> e.path().toString()).contains("", "some/dir");
    assertThat(read.entries()).extracting(TarEntry::type).contains(Type.HARDLINK, Type.SYMLINK);
    assertThat(read.files().values())
        .anySatisfy(f -> assertThat(new String(f, StandardCharsets.UTF_8)).isEqualTo("hello"));
  }

  // ---- hostile and broken

  private static byte[] one(String name, char type, String size, String link, byte[]... blocks) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] block : blocks) {
      out.writeBytes(block);
    }
    out.writeBytes(RandomTar.header(name, type, size, link, false, new Random(1)));
    out.writeBytes(new byte[2048]);
    return out.toByteArray();
  }

  private static byte[] extended(char type, byte[] body) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(
        RandomTar.header("x", type, String.format("%011o", body.length), "", false, new Random(1)));
    out.writeBytes(body);
    out.writeBytes(new byte[(512 - body.length % 512) % 512]);
    return out.toByteArray();
  }

  private static void refused(byte[] tar, String message) {
    assertThatThrownBy(() -> read(tar))
        .isInstanceOfSatisfying(
            GraftException.class, e -> assertThat(e.kind()).isEqualTo(GraftException.Kind.CORRUPT))
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource({
    "../x,        0, 00000000000, '',      escapes",
    "a/../../x,   0, 00000000000, '',      escapes",
    "/..,         5, 00000000000, '',      escapes",
    "h,           1, 00000000000, ../../x, escapes",
    "x,           x, 77777777777, '',      extended header",
    "x,           L, 77777777777, '',      extended header",
    "x,           g, 00100000000, '',      extended header",
    "x,           0, zzzzzzzzzzz, '',      broken size",
    "x,           0, 00000077777, '',      unexpected EOF",
    "x,           Q, 00000000000, '',      unknown type"
  })
  void refusals(String name, char type, String size, String link, String message) {
    refused(one(name, type, size, link), message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "path=../x           | escapes",
        "linkpath=../x       | ''",
        "size=-1             | negative size",
        "size=x              | broken PAX",
        "mtime=x             | broken PAX",
        "mtime=99999999999999999999 | broken PAX",
        "mtime=9223372036854775807  | broken PAX",
        "uid=1.5             | broken PAX",
        "noequals            | broken PAX"
      })
  void paxRefusals(String record, String message) throws IOException {
    byte[] tar = one("x", '0', "00000000000", "", extended('x', RandomTar.pax(record)));
    if (message.isEmpty()) {
      assertThat(read(tar).entries()).hasSize(1);
    } else {
      refused(tar, message);
    }
  }

  @Test
  void zeroBytesInNamesAreRefused() {
    refused(one("x", '0', "00000000000", "", extended('x', RandomTar.pax("path=a\0b"))), "zero");
    refused(
        one("x", '2', "00000000000", "", extended('x', RandomTar.pax("linkpath=a\0b"))), "zero");
  }

  @Test
  void theSumOfHeadersIsBounded() {
    byte[] big = extended('x', RandomTar.pax("a=" + "b".repeat(600_000)));
    refused(one("x", '0', "00000000000", "", big, big), "extended header");
    byte[] global = extended('g', RandomTar.pax("a=" + "b".repeat(600_000)));
    byte[] file = RandomTar.header("f", '0', "00000000000", "", false, new Random(1));
    refused(one("x", '0', "00000000000", "", global, file, global), "extended header");
  }

  @Test
  void limits() throws IOException {
    byte[] tar = write(samples());
    assertThatThrownBy(
            () -> read(tar, new Limits(3, 4096, 1 << 20, 1 << 30), TarReader.Recorder.NONE))
        .hasMessageContaining("more than 3 entries");
    assertThatThrownBy(
            () -> read(tar, new Limits(100, 100, 1 << 20, 1 << 30), TarReader.Recorder.NONE))
        .hasMessageContaining("longer than 100");
    assertThatThrownBy(
            () -> read(tar, new Limits(100, 4096, 1 << 20, 2000), TarReader.Recorder.NONE))
        .hasMessageContaining("exceeds the limit of 2000");
  }

  @Test
  void aHardLinkWithASizeHasNoPayload() throws IOException {
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    tar.writeBytes(RandomTar.header("h", '1', "00000001000", "f", true, new Random(1)));
    tar.writeBytes(RandomTar.header("next", '0', "00000000000", "", true, new Random(1)));
    assertThat(read(tar.toByteArray()).entries())
        .extracting(e -> e.path().toString())
        .containsExactly("h", "next");
  }

  /// Reading ends, with entries or with an error of ours, whatever the bytes are.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void mutations(long seed) throws IOException {
    Random random = new Random(seed);
    for (int i = 0; i < 500; i++) {
      byte[] tar = i % 2 == 0 ? new RandomTar(random.nextLong()).make() : write(samples());
      if (tar.length == 0) {
        continue;
      }
      int block = random.nextInt(tar.length / 512 + 1) * 512;
      for (int n = random.nextInt(3); n >= 0; n--) {
        int at = Math.min(tar.length - 1, block + random.nextInt(512));
        tar[at] = (byte) random.nextInt();
      }
      if (block + 512 <= tar.length && random.nextBoolean()) {
        fixChecksum(tar, block);
      }
      try {
        read(tar, Limits.DEFAULT, new TarSplit.Recording(new ByteArrayOutputStream()));
      } catch (GraftException e) {
        assertThat(e.text()).isNotBlank();
      }
    }
  }

  /// Damage behind a good checksum goes deeper.
  private static void fixChecksum(byte[] tar, int block) {
    java.util.Arrays.fill(tar, block + 148, block + 156, (byte) ' ');
    int sum = 0;
    for (int i = block; i < block + 512; i++) {
      sum += tar[i] & 0xff;
    }
    byte[] text = String.format("%06o\0 ", sum).getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(text, 0, tar, block + 148, text.length);
  }
}
