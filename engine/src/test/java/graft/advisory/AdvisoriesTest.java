package graft.advisory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.error.GraftException;
import graft.inventory.Inventory;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;

class AdvisoriesTest extends AdvisoriesCase {
  @Test
  void whatIsSkippedIsCountedWithItsReason() throws Exception {
    Source source =
        bring(
            "osv",
            osv("GOOD-1", "Debian:12", "a", "2", ""),
            osv("GONE-1", "Debian:12", "a", "2", "\"withdrawn\":\"2025-01-01T00:00:00Z\","),
            osv("NEVER-1", "Debian:12", "a", "0", ""),
            osv("OTHER-1", "NuGet", "a", "2", ""),
            osv("BAD\\t-1", "Debian:12", "a", "2", ""),
            "{\"id\":\"NOTHING-1\",\"modified\":\"x\"}",
            "{\"id\":\"GIT-1\",\"affected\":[{\"package\":{\"ecosystem\":\"Debian:12\",\"name\":\"a\"},"
                + "\"ranges\":[{\"type\":\"GIT\",\"events\":[{\"introduced\":\"0\"}]}]}]}",
            "{\"what\":1}",
            "{\"broken\":}");
    assertThat(source.records()).isEqualTo(1);
    assertThat(source.skipped())
        .containsEntry("withdrawn", 1L)
        .containsEntry("fixed in 0, that is, not affected", 1L)
        .containsEntry("about NuGet, of which no packages are looked for", 1L)
        .containsEntry("an id or a name of a package that is empty, too long or not one line", 1L)
        .containsEntry("names no package", 1L)
        .containsEntry("names no versions to compare", 1L)
        .containsEntry("not a format known here", 1L);
    assertThat(source.skipped().values().stream().mapToLong(Long::longValue).sum()).isEqualTo(8);
    assertThat(source.examples()).anyMatch(e -> e.startsWith("file line 9: not valid JSON"));
    assertThat(advisories.status().sources()).containsExactly(source);
  }

  @Test
  void sourcesAreReplacedAddedToAndRemoved() throws Exception {
    bring("one", osv("A-1", "Debian:12", "a", "2", ""));
    String digest = advisories.status().digest().toString();
    bring("two", osv("B-1", "Debian:12", "a", "2", ""));
    bring("one", osv("A-2", "Debian:12", "a", "2", ""));
    Inventory a = inventory(DEBIAN, deb("a", "a", "1"));
    assertThat(found(a)).containsExactly("A-2 a 1 -> 2 unknown", "B-1 a 1 -> 2 unknown");
    advisories.importFrom(
        "one",
        true,
        "more",
        new ByteArrayInputStream(
            osv("A-1", "Debian:12", "a", "2", "").getBytes(StandardCharsets.UTF_8)));
    assertThat(found(a)).hasSize(3);
    assertThat(advisories.status().sources().getFirst().records()).isEqualTo(2);
    advisories.remove("two");
    bring("one", osv("A-1", "Debian:12", "a", "2", ""));
    // The same contents have the same digest, whenever they were brought in.
    assertThat(advisories.status().digest()).hasToString(digest);
    assertThat(Advisories.open(directory).status().digest()).hasToString(digest);
    assertThatThrownBy(() -> advisories.remove("two"))
        .isInstanceOfSatisfying(
            GraftException.class,
            e -> assertThat(e.kind()).isEqualTo(GraftException.Kind.NOT_FOUND));
    advisories.remove("one");
    assertThat(found(a)).isEmpty();
    assertThat(advisories.status().sources()).isEmpty();
  }

  @Test
  void whatIsUselessOrBrokenChangesNothing() throws Exception {
    bring("one", osv("A-1", "Debian:12", "a", "2", ""));
    String before = advisories.status().toString();
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(
          osv("A-2", "Debian:12", "a", "2", "").repeat(1000).getBytes(StandardCharsets.UTF_8));
    }
    byte[] cut = Arrays.copyOf(packed.toByteArray(), packed.size() / 2);
    for (byte[] bad :
        List.of(
            new byte[0],
            "{}".getBytes(StandardCharsets.UTF_8),
            "plain text".getBytes(StandardCharsets.UTF_8),
            "[1,2".getBytes(StandardCharsets.UTF_8),
            new byte[] {'P', 'K', 3, 4, 9, 9, 9},
            cut)) {
      assertThatThrownBy(() -> bring("one", bad))
          .isInstanceOfSatisfying(
              GraftException.class,
              e -> assertThat(e.kind()).isEqualTo(GraftException.Kind.INVALID));
    }
    InputStream gone =
        new FilterInputStream(InputStream.nullInputStream()) {
          @Override
          public int read(byte[] buffer, int offset, int length) throws IOException {
            throw new IOException("connection reset");
          }
        };
    assertThatThrownBy(() -> advisories.importFrom("one", false, "file", gone))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("connection reset");
    assertThatThrownBy(() -> bring("../x", osv("A-1", "Debian:12", "a", "2", "")))
        .hasMessageContaining("no name of a source");
    assertThat(advisories.status()).hasToString(before);
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files.map(f -> f.getFileName().toString())).containsExactly("advisories");
    }
  }

  @Test
  void aDamagedDatabaseIsSetAsideAndSaid() throws Exception {
    bring("one", osv("A-1", "Debian:12", "a", "2", ""));
    byte[] bytes = Files.readAllBytes(directory.resolve("advisories"));
    bytes[10] ^= 1;
    Files.write(directory.resolve("advisories"), bytes);
    Advisories again = Advisories.open(directory);
    assertThat(again.status().trouble())
        .contains("is damaged")
        .contains("import its sources again");
    assertThat(again.status().sources()).isEmpty();
    again.importFrom(
        "one",
        false,
        "f",
        new ByteArrayInputStream(
            osv("A-1", "Debian:12", "a", "2", "").getBytes(StandardCharsets.UTF_8)));
    assertThat(again.status().trouble()).isEmpty();
    // One that was cut off, as by a power cut of a file system that does not keep its word.
    Files.write(directory.resolve("advisories"), Arrays.copyOf(bytes, bytes.length / 2));
    assertThat(Advisories.open(directory).status().trouble()).isNotEmpty();
  }

  /// What a killed import leaves is no part of the database and goes.
  @Test
  void leftoversGo() throws Exception {
    bring("one", osv("A-1", "Debian:12", "a", "2", ""));
    Files.writeString(directory.resolve("part-123"), "half");
    assertThat(Advisories.open(directory).status().sources()).hasSize(1);
    assertThat(directory.resolve("part-123")).doesNotExist();
  }

  /// No order of bytes makes a reader throw what is no answer, and none takes what was there.
  @Test
  void brokenFilesAreRefusedOrSkipped() throws Exception {
    Random random = new Random(5);
    byte[][] seeds = {
      osv("A-1", "Debian:12", "a", "2", "").getBytes(StandardCharsets.UTF_8),
      ("---\ndistroversion: v3.19\npackages:\n  - pkg:\n      name: a\n      secfixes:\n        1:\n"
              + "          - CVE-2024-1111\n")
          .getBytes(StandardCharsets.UTF_8),
      "{\"a\":{\"CVE-2024-1\":{\"releases\":{\"sid\":{\"status\":\"open\"}}}}}"
          .getBytes(StandardCharsets.UTF_8),
      vex("affected", "2026-01-01T00:00:00Z", "\"pkg:deb/debian/a\"")
          .getBytes(StandardCharsets.UTF_8)
    };
    for (int i = 0; i < 3000; i++) {
      byte[] bytes = seeds[i % seeds.length].clone();
      for (int j = random.nextInt(4); j >= 0; j--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      Draft draft = new Draft("x", new SortedLines(directory));
      try {
        new Import(draft).read("f", new ByteArrayInputStream(bytes));
      } catch (GraftException e) {
        assertThat(e.kind()).isEqualTo(GraftException.Kind.INVALID);
      }
    }
  }

  @Test
  void bombsAreBounded() throws Exception {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(osv("A-1", "Debian:12", "a", "2", "").getBytes(StandardCharsets.UTF_8));
      for (int i = 0; i < 40; i++) {
        gzip.write(new byte[1 << 20]);
      }
    }
    Draft draft = new Draft("x", new SortedLines(directory));
    new Import(draft).read("f", new ByteArrayInputStream(packed.toByteArray()));
    assertThat(draft.finish(java.time.Instant.EPOCH).skipped())
        .containsKey("a record larger than 16 MiB");
    assertThatThrownBy(() ->
            new Import(draft, 10 << 20).read("f", new ByteArrayInputStream(packed.toByteArray())))
        .hasMessageContaining("more in it, unpacked, than is read of one import");
    String deep = "{\"id\":\"A\",\"affected\":" + "[".repeat(100_000);
    new Import(draft).read("f", new ByteArrayInputStream(deep.getBytes(StandardCharsets.UTF_8)));
    new Import(draft)
        .read(
            "f",
            new ByteArrayInputStream(
                ("a: " + "[".repeat(100_000)).getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void moreLinesThanMemoryHoldsAreSorted() throws Exception {
    StringBuilder lines = new StringBuilder();
    Set<String> different = new HashSet<>();
    Random random = new Random(3);
    String summary = "\"summary\":\"" + "x".repeat(200) + "\",";
    for (int i = 0; i < 60_000; i++) {
      String id = "CVE-2024-" + (10000 + random.nextInt(90000));
      String name = "p" + i % 500;
      lines.append(osv(id, "Debian:12", name, "2", summary)).append('\n');
      different.add(name + " " + id);
    }
    bring("big", lines.toString());
    int all = 0;
    for (int i = 0; i < 500; i++) {
      all += advisories.match(inventory(DEBIAN, deb("p" + i, "p" + i, "1"))).all().size();
    }
    assertThat(all).isEqualTo(different.size());
    assertThat(Files.readAllLines(directory.resolve("advisories")).subList(0, all)).isSorted();
  }
}
