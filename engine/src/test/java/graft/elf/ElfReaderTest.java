package graft.elf;

import static org.assertj.core.api.Assertions.assertThat;

import graft.elf.ElfFacts.Abi;
import graft.elf.ElfFacts.Export;
import graft.elf.ElfFacts.Import;
import graft.elf.ElfFacts.Known;
import graft.elf.ElfFacts.Type;
import graft.elf.ElfFacts.VersionNeed;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ElfReaderTest {
  private static ElfFile example() {
    return ElfFile.program("/lib/ld.so.1")
        .needs("libc.so.6", "libz.so.1")
        .rpath("/opt/a:$ORIGIN/b")
        .runpath("/opt/c")
        .imports("anything")
        .importsWeakly("perhaps")
        .imports("printf", "GLIBC_2.2", "libc.so.6")
        .imports("fopen", "GLIBC_2.1", "libc.so.6")
        .imports("inflate", "ZLIB_1.2", "libz.so.1")
        .exports("mine")
        .exports("new", "V2")
        .data("table", "V1", 16)
        .copies("environ", "GLIBC_2.2", "libc.so.6", 8);
  }

  @ParameterizedTest
  @CsvSource({
    "64,false,62",
    "64,true,22",
    "32,false,3",
    "32,true,20",
    "64,false,183",
    "32,false,40"
  })
  void readsWhatLoadersRead(int bits, boolean big, int machine) {
    Known facts = example().abi(bits, big, machine).known();
    assertThat(facts)
        .isEqualTo(
            new Known(
                new Abi(bits, big, machine),
                Type.SHARED,
                Optional.of("/lib/ld.so.1"),
                Optional.empty(),
                List.of("libc.so.6", "libz.so.1"),
                List.of("/opt/a", "$ORIGIN/b"),
                List.of("/opt/c"),
                List.of(
                    new VersionNeed("libc.so.6", "GLIBC_2.2", false),
                    new VersionNeed("libc.so.6", "GLIBC_2.1", false),
                    new VersionNeed("libz.so.1", "ZLIB_1.2", false)),
                List.of("V2", "V1"),
                List.of(
                    new Import("anything", "", ""),
                    new Import("printf", "GLIBC_2.2", "libc.so.6"),
                    new Import("fopen", "GLIBC_2.1", "libc.so.6"),
                    new Import("inflate", "ZLIB_1.2", "libz.so.1")),
                List.of(
                    new Export("mine", "", false, 0),
                    new Export("new", "V2", false, 0),
                    new Export("table", "V1", true, 16),
                    new Export("environ", "GLIBC_2.2", true, 8)),
                List.of("environ")));
  }

  @Test
  void otherFilesAreNone() throws IOException {
    assertThat(read("#!/bin/sh\necho hello, world".getBytes(StandardCharsets.UTF_8))).isEmpty();
    assertThat(read(new byte[0])).isEmpty();
    assertThat(read(new byte[] {0x7f, 'E', 'L', 'F'})).isEmpty();
  }

  @Test
  void objectsHaveNothingToLoad() {
    assertThat(example().type(1).known().needed()).isEmpty();
  }

  @Test
  void aFileCutAnywhereIsAValue() throws IOException {
    byte[] whole = example().bytes();
    for (int length = 20; length < whole.length; length++) {
      assertThat(read(Arrays.copyOf(whole, length)).orElseThrow())
          .isInstanceOf(ElfFacts.Unreadable.class);
    }
  }

  /// Whatever bytes are turned, a value comes out of it, and soon.
  @Test
  void turnedBytesAreAValue() {
    byte[] whole = example().bytes();
    Random random = new Random(5);
    Assertions.assertTimeoutPreemptively(
        Duration.ofMinutes(2),
        () -> {
          int unreadable = 0;
          for (int i = 0; i < 20_000; i++) {
            byte[] hostile = whole.clone();
            for (int k = random.nextInt(8); k >= 0; k--) {
              int at = 4 + random.nextInt(hostile.length - 4);
              hostile[at] = (byte) (random.nextBoolean() ? 0xff : random.nextInt());
            }
            if (read(hostile).orElseThrow() instanceof ElfFacts.Unreadable) {
              unreadable++;
            }
          }
          assertThat(unreadable).isBetween(1_000, 19_000);
        });
  }

  @Test
  void whatIsClaimedIsNotAllocated() {
    byte[] hostile = example().bytes();
    // The number of symbols in the hash table, wherever it is: the word that has it.
    int symbols = 10;
    int found = 0;
    for (int i = 64; i + 4 < hostile.length; i += 4) {
      if (hostile[i] == symbols && hostile[i - 4] == 1 && hostile[i + 4] == 0) {
        hostile[i + 3] = 0x7f;
        found++;
      }
    }
    assertThat(found).isPositive();
    try {
      assertThat(read(hostile).orElseThrow())
          .isInstanceOfSatisfying(
              ElfFacts.Unreadable.class, u -> assertThat(u.reason()).contains("symbols"));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /// The files of the machine the test runs on: all of them make sense.
  @Test
  void readsTheMachinesOwnLibraries() throws IOException {
    Path directory =
        Path.of(
            "/usr/lib/" + System.getProperty("os.arch").replace("amd64", "x86_64") + "-linux-gnu");
    Assumptions.assumeTrue(Files.isDirectory(directory));
    int read = 0;
    try (var files = Files.newDirectoryStream(directory, "lib*.so.*")) {
      for (Path file : files) {
        try (FileChannel channel = FileChannel.open(file)) {
          Optional<ElfFacts> facts = ElfReader.read(channel);
          if (facts.isPresent()) {
            assertThat(facts.get()).as(file.toString()).isInstanceOf(Known.class);
            read++;
          }
        }
      }
    }
    assertThat(read).isPositive();
  }

  private static Optional<ElfFacts> read(byte[] bytes) throws IOException {
    try (Bytes channel = new Bytes(bytes)) {
      return ElfReader.read(channel);
    }
  }
}
