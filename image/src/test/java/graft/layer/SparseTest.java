package graft.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.error.GraftException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
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

/// Sparse files in all forms that GNU tar writes, and maps that nobody honest writes.
final class SparseTest {
  private static final Path TAR = Path.of("/usr/bin/tar");

  private static Map<String, byte[]> files(byte[] tar, TarReader.Recorder recorder)
      throws IOException {
    TarReader reader = new TarReader(new ByteArrayInputStream(tar), Limits.DEFAULT, recorder);
    Map<String, byte[]> files = new HashMap<>();
    for (Optional<TarEntry> e = reader.next(); e.isPresent(); e = reader.next()) {
      if (e.get().type() == TarEntry.Type.FILE) {
        byte[] all = reader.readAll(1 << 26);
        assertThat(e.get().size()).isEqualTo(all.length);
        files.put(e.get().path().toString(), all);
      }
    }
    return files;
  }

  private static void file(Path file, long size, long... places) throws IOException {
    try (RandomAccessFile f = new RandomAccessFile(file.toFile(), "rw")) {
      f.setLength(size);
      for (long place : places) {
        f.seek(place);
        f.write(("data at " + place).getBytes(StandardCharsets.UTF_8));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--format=gnu",
        "--format=oldgnu",
        "--format=posix --sparse-version=0.0",
        "--format=posix --sparse-version=0.1",
        "--format=posix --sparse-version=1.0"
      })
  void whatGnuTarWrites(String format, @TempDir Path dir) throws Exception {
    Assumptions.assumeTrue(Files.isExecutable(TAR));
    Path in = Files.createDirectory(dir.resolve("in"));
    long[] many = new Random(1).longs(60, 0, 300).map(i -> i * 65536).distinct().sorted().toArray();
    file(in.resolve("many"), 20 << 20, many);
    file(in.resolve("front"), 1 << 20, 0);
    file(in.resolve("end"), 1 << 20, (1 << 20) - 20);
    file(in.resolve("nothing"), 1 << 20);
    Files.writeString(in.resolve("plain"), "hello");
    List<String> command = new java.util.ArrayList<>(List.of(TAR.toString(), "-S"));
    command.addAll(List.of(format.split(" ")));
    command.addAll(List.of("-C", in.toString(), "-cf", "-", "."));
    Process tar = new ProcessBuilder(command).start();
    byte[] bytes = tar.getInputStream().readAllBytes();
    assertThat(tar.waitFor()).isZero();
    // The holes are not in it, or there is nothing to test.
    assertThat(bytes.length).isLessThan(2 << 20);

    ByteArrayOutputStream split = new ByteArrayOutputStream();
    Map<String, byte[]> files;
    try (TarSplit.Recording recording = new TarSplit.Recording(split)) {
      files = files(bytes, recording);
    }
    assertThat(files).containsOnlyKeys("many", "front", "end", "nothing", "plain");
    for (Map.Entry<String, byte[]> f : files.entrySet()) {
      assertThat(Arrays.equals(f.getValue(), Files.readAllBytes(in.resolve(f.getKey()))))
          .as(f.getKey())
          .isTrue();
    }
    assertThat(
            TarSplit.assemble(
                new ByteArrayInputStream(split.toByteArray()),
                source -> Files.newInputStream(in.resolve(source.name().toString()))))
        .hasBinaryContent(bytes);
    for (long size : new long[] {(1 << 20) - 1, (1 << 20) + 1}) {
      file(in.resolve("front"), size);
      assertThatThrownBy(() ->
              TarSplit.assemble(
                      new ByteArrayInputStream(split.toByteArray()),
                      source -> Files.newInputStream(in.resolve(source.name().toString())))
                  .readAllBytes())
          .isInstanceOf(TarSplit.Damaged.class)
          .hasMessageContaining("than it was");
    }
  }

  // ---- made by hand

  private static byte[] tar(byte[] header, byte[]... rest) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(header);
    for (byte[] r : rest) {
      out.writeBytes(r);
      out.writeBytes(new byte[(512 - r.length % 512) % 512]);
    }
    out.writeBytes(new byte[1024]);
    return out.toByteArray();
  }

  private static byte[] pax(int dataSize, String... records) {
    byte[] body = RandomTar.pax(records);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(
        RandomTar.header("x", 'x', String.format("%011o", body.length), "", false, new Random(1)));
    out.writeBytes(body);
    out.writeBytes(new byte[(512 - body.length % 512) % 512]);
    out.writeBytes(
        RandomTar.header("f", '0', String.format("%011o", dataSize), "", false, new Random(1)));
    return out.toByteArray();
  }

  /// A header of type `S`; `map` is `offset,length,…` in decimal, the first four of it in the
  /// header.
  private static byte[] old(int stored, String real, boolean more, String map) {
    byte[] b = RandomTar.header("f", 'S', String.format("%011o", stored), "", true, new Random(1));
    put(b, 386, map, 4);
    b[482] = (byte) (more ? 1 : 0);
    byte[] size = real.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(size, 0, b, 483, size.length);
    Arrays.fill(b, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte x : b) {
      sum += x & 0xff;
    }
    System.arraycopy(
        String.format("%06o\0 ", sum).getBytes(StandardCharsets.US_ASCII), 0, b, 148, 8);
    return b;
  }

  private static void put(byte[] b, int at, String map, int limit) {
    String[] numbers = map.isEmpty() ? new String[0] : map.split(" ");
    for (int i = 0; i < Math.min(numbers.length, limit * 2); i++) {
      byte[] text =
          String.format("%011o", Long.parseLong(numbers[i])).getBytes(StandardCharsets.US_ASCII);
      System.arraycopy(text, 0, b, at + 12 * i, text.length);
    }
  }

  private static byte[] extension(String map, boolean more) {
    byte[] b = new byte[512];
    put(b, 0, map, 21);
    b[504] = (byte) (more ? 1 : 0);
    return b;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static void refused(byte[] tar, String message) {
    assertThatThrownBy(() -> files(tar, TarReader.Recorder.NONE))
        .isInstanceOfSatisfying(
            GraftException.class, e -> assertThat(e.kind()).isEqualTo(GraftException.Kind.CORRUPT))
        .hasMessageContaining(message);
  }

  /// The same rules for every form of the map: data of 5 bytes, a file of 100.
  @ParameterizedTest
  @CsvSource({
    "10 2 20 3,         ''",
    "10 2 12 3,         ''",
    "0 0 0 5 50 0 50 0, ''",
    "95 5,              ''",
    "95 5 100 0,        ''",
    "20 3 10 2,         out of order",
    "10 3 11 2,         overlap",
    "10 5 10 5,         overlap",
    "96 5,              beyond",
    "101 0 101 5,       beyond",
    "10 2,              does not fit",
    "10 6,              does not fit",
    "9223372036854775807 5, beyond"
  })
  void maps(String map, String message) throws IOException {
    byte[] data = {1, 2, 3, 4, 5};
    String commas = map.replace(' ', ',');
    StringBuilder lines = new StringBuilder();
    lines
        .append(map.split(" ").length / 2)
        .append('\n')
        .append(map.replace(' ', '\n'))
        .append('\n');
    byte[] front = ascii(lines.toString());
    String[] zero = new String[map.split(" ").length + 1];
    zero[0] = "GNU.sparse.size=100";
    for (int i = 1; i < zero.length; i++) {
      zero[i] =
          (i % 2 == 1 ? "GNU.sparse.offset=" : "GNU.sparse.numbytes=") + map.split(" ")[i - 1];
    }
    List<byte[]> forms =
        List.of(
            map.startsWith("922")
                // Too long for octal digits.
                ? tar(pax(5, "GNU.sparse.size=100", "GNU.sparse.map=" + commas), data)
                : tar(old(5, "00000000144", false, map), data),
            tar(pax(5, zero), data),
            tar(pax(5, "GNU.sparse.size=100", "GNU.sparse.map=" + commas), data),
            tar(
                pax(
                    512 + 5,
                    "GNU.sparse.major=1",
                    "GNU.sparse.minor=0",
                    "GNU.sparse.name=real/name",
                    "GNU.sparse.realsize=100"),
                front,
                data));
    for (int form = 0; form < forms.size(); form++) {
      byte[] tar = forms.get(form);
      if (message.isEmpty()) {
        byte[] expected = new byte[100];
        String[] n = map.split(" ");
        int at = 0;
        for (int i = 0; i < n.length; i += 2) {
          for (int k = 0; k < Integer.parseInt(n[i + 1]); k++) {
            expected[Integer.parseInt(n[i]) + k] = data[at++];
          }
        }
        Map<String, byte[]> files = files(tar, TarReader.Recorder.NONE);
        assertThat(files.values()).hasSize(1).first().isEqualTo(expected);
        assertThat(files).containsOnlyKeys(form == 3 ? "real/name" : "f");
      } else {
        refused(tar, message);
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GNU.sparse.map=1,2,3                             | no length",
        "GNU.sparse.map=1,x                               | not a number",
        "GNU.sparse.map=-1,5                              | negative",
        "GNU.sparse.map=1,-5                              | negative",
        "GNU.sparse.size=-1;GNU.sparse.map=0,0            | negative",
        "GNU.sparse.size=x;GNU.sparse.map=0,0             | broken PAX",
        "GNU.sparse.numbytes=5                            | broken PAX",
        "GNU.sparse.offset=0;GNU.sparse.offset=5          | broken PAX",
        "GNU.sparse.major=2;GNU.sparse.minor=0            | version 2.0",
        "GNU.sparse.major=1                               | version 1.",
        "GNU.sparse.size=1099511627777;GNU.sparse.map=0,5 | exceeds the limit",
        "GNU.sparse.size=9223372036854775807;GNU.sparse.map=0,5 | exceeds the limit",
      })
  void recordsThatAreRefused(String records, String message) {
    refused(tar(pax(5, records.split(";")), new byte[5]), message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1                                        | 512 | not a number",
        "-1                                       | 512 | negative",
        "x;                                       | 512 | not a number",
        "999999999999999999999999                 | 512 | not a number",
        "9223372036854775807;0;0;                 | 512 | not a number",
        "0;                                       | 100 | cut off",
      })
  void mapsInFrontThatAreRefused(String lines, int stored, String message) {
    byte[] header =
        pax(
            stored,
            "GNU.sparse.major=1",
            "GNU.sparse.minor=0",
            "GNU.sparse.name=f",
            "GNU.sparse.realsize=100");
    String text = lines.replace(';', '\n');
    refused(tar(header, ascii(text + (text.endsWith("\n") ? "" : "\n"))), message);
  }

  @Test
  void blocksBehindAHeader() throws IOException {
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < 21; i++) {
      all.append(10 + 2 * i).append(" 1 ");
    }
    byte[] data = new byte[23];
    Arrays.fill(data, (byte) 1);
    byte[] tar =
        tar(
            old(23, "00000000144", true, "0 1"),
            extension(all.toString(), true),
            // Without any, which is odd but read by all.
            extension("", true),
            extension("90 1", false),
            data);
    byte[] file = files(tar, TarReader.Recorder.NONE).getOrDefault("f", new byte[0]);
    assertThat(file)
        .hasSize(100)
        .startsWith(1, 0)
        .contains(1, org.assertj.core.data.Index.atIndex(90));
    refused(old(1, "00000000144", true, "0 1"), "EOF");
    refused(tar(old(1, "00000000144", true, "0 1"), extension("0 1", false)), "overlap");
    refused(tar(old(1, "zzzzzzzzzzz", false, "0 1")), "broken size");
  }

  @Test
  void blocksWithoutEndAreNotRead() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(old(0, "00000000144", true, ""));
    byte[] more = extension("", true);
    for (int i = 0; i < 3000; i++) {
      out.writeBytes(more);
    }
    refused(out.toByteArray(), "extended header");
    byte[] front = ("9999999\n" + "0\n0\n".repeat(400_000)).getBytes(StandardCharsets.US_ASCII);
    refused(
        tar(
            pax(
                front.length,
                "GNU.sparse.major=1",
                "GNU.sparse.minor=0",
                "GNU.sparse.realsize=100"),
            front),
        "extended header");
  }

  @Test
  void starsSparseFilesAreNotGnus() {
    byte[] star = RandomTar.header("f", 'S', "00000000000", "", false, new Random(1));
    refused(tar(star), "GNU");
  }

  /// One of a terabyte costs neither time nor memory.
  @Test
  void aHugeHoleIsPassedOver() throws IOException {
    byte[] tar = tar(pax(5, "GNU.sparse.size=1000000000000", "GNU.sparse.map=0,5"), new byte[5]);
    TarReader reader =
        new TarReader(new ByteArrayInputStream(tar), Limits.DEFAULT, TarReader.Recorder.NONE);
    assertThat(reader.next().orElseThrow().size()).isEqualTo(1_000_000_000_000L);
    assertThat(reader.hole()).isZero();
    assertThat(reader.read(new byte[100], 0, 100)).isEqualTo(5);
    assertThat(reader.hole()).isEqualTo(1_000_000_000_000L - 5);
    reader.passHole();
    assertThat(reader.read(new byte[100], 0, 100)).isEqualTo(-1);
    assertThat(reader.next()).isEmpty();
  }

  @Test
  void aReaderThatCannotPassHolesIsNotKeptBusy() throws IOException {
    byte[] tar = tar(pax(5, "GNU.sparse.size=100000000", "GNU.sparse.map=0,5"), new byte[5]);
    TarReader reader =
        new TarReader(
            new ByteArrayInputStream(tar),
            new Limits(10, 4096, 1 << 20, 1L << 30),
            TarReader.Recorder.NONE);
    assertThat(reader.next()).isPresent();
    assertThatThrownBy(() -> reader.readAll(100_000_000))
        .isInstanceOf(GraftException.class)
        .hasMessageContaining("16777216 bytes of holes");
  }

  @Test
  void sparseRecordsOfAGlobalHeaderMeanNothing() throws IOException {
    byte[] body = RandomTar.pax("GNU.sparse.size=100", "GNU.sparse.map=0,5");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(
        RandomTar.header("x", 'g', String.format("%011o", body.length), "", false, new Random(1)));
    out.writeBytes(body);
    out.writeBytes(new byte[512 - body.length]);
    out.writeBytes(RandomTar.header("f", '0', "00000000005", "", false, new Random(1)));
    assertThat(files(tar(out.toByteArray(), new byte[5]), TarReader.Recorder.NONE).get("f"))
        .hasSize(5);
  }
}
