package graft.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.content.ContentStore.Info;
import graft.content.ContentStore.Ingest;
import graft.error.GraftException;
import graft.oci.Digest;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

final class FileContentStoreTest extends ContentStoreContract {
  @TempDir Path root;

  @Override
  protected ContentStore open() throws IOException {
    return FileContentStore.open(root);
  }

  @Override
  protected ContentStore reopen() throws IOException {
    return FileContentStore.open(root);
  }

  @Test
  void theDirectoryIsReadableByAnybody() throws IOException {
    store.put("t", HELLO);
    assertThat(root.resolve("blobs/sha256/" + HELLO_DIGEST.hex())).hasBinaryContent(HELLO);
    assertThat(root.resolve("ingest")).isEmptyDirectory();
    try (Ingest in = store.ingest("my ref")) {
      write(in, HELLO);
      assertThat(in.path()).hasBinaryContent(HELLO);
    }
    Path dir = root.resolve("ingest/" + Digest.of("my ref".getBytes(StandardCharsets.UTF_8)).hex());
    assertThat(dir.resolve("ref")).hasContent("my ref");
    assertThat(dir.resolve("data")).hasBinaryContent(HELLO);
  }

  @Test
  void strangeFilesAreNoBlobs() throws IOException {
    Files.writeString(root.resolve("blobs/sha256/README"), "x");
    Files.writeString(root.resolve("blobs/sha256/" + "A".repeat(64)), "x");
    assertThat(store.list()).isEmpty();
  }

  @Test
  void fetchingABrokenBlobAgainHealsIt() throws IOException {
    store.put("t", HELLO);
    Files.write(root.resolve("blobs/sha256/" + HELLO_DIGEST.hex()), new byte[3]);
    try (Ingest in = store.ingest("again")) {
      write(in, HELLO);
      in.commit(HELLO.length, HELLO_DIGEST);
    }
    assertThat(store.read(HELLO_DIGEST, 100)).isEqualTo(HELLO);
  }

  @Test
  void aReaderFollowsWhileTheBytesArriveAndKeepsItsHandle() throws IOException {
    try (Ingest in = store.ingest("r")) {
      write(in, HELLO);
      try (var reader = Files.newInputStream(in.path())) {
        assertThat(reader.readNBytes((int) in.offset())).isEqualTo(HELLO);
        write(in, HELLO);
        in.commit();
        assertThat(reader.readAllBytes()).isEqualTo(HELLO);
      }
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aFullDiskIsSaidWithThePathAndLeavesNoBlob() throws IOException {
    Path dir = root.resolve("ingest/" + Digest.of("r".getBytes(StandardCharsets.UTF_8)).hex());
    Files.createDirectories(dir);
    Files.createSymbolicLink(dir.resolve("data"), Path.of("/dev/full"));
    try (Ingest in = store.ingest("r")) {
      assertThatThrownBy(() -> write(in, HELLO))
          .isInstanceOf(GraftException.class)
          .hasMessageContaining(dir.resolve("data").toString())
          .hasMessageContaining("no space left on device")
          .hasMessageContaining("make room");
      assertThat(in.offset()).isZero();
    }
    assertThat(store.list()).isEmpty();
    // The part stays for the next try.
    assertThat(Files.isSymbolicLink(dir.resolve("data"))).isTrue();
  }

  @Test
  void whatNobodyResumesIsGoneAfterACrash() throws IOException {
    // As older builds left it, and as it is now.
    Path left = Files.createDirectories(root.resolve("ingest/once-x"));
    Files.write(left.resolve("data"), HELLO);
    Path file = Files.write(root.resolve("ingest/once-y"), HELLO);
    reopen();
    assertThat(left).doesNotExist();
    assertThat(file).doesNotExist();
  }

  /// Killed at any moment, the store has every blob that was reported and no blob with other bytes.
  @Test
  void killedAtAnyMoment() throws Exception {
    for (int round = 0; round < 4; round++) {
      List<String> reported = runAndKill(round, 3 + round * 17);
      ContentStore again = reopen();
      for (Info blob : again.list().toList()) {
        assertThat(Digest.of(again.read(blob.digest(), 1 << 20))).isEqualTo(blob.digest());
      }
      for (String digest : reported) {
        assertThat(again.info(Digest.parse(digest))).isPresent();
      }
      again.dropPartsBefore(Long.MAX_VALUE);
      assertThat(root.resolve("ingest")).isEmptyDirectory();
    }
  }

  private List<String> runAndKill(long seed, int after) throws Exception {
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                CommitForever.class.getName(),
                root.toString(),
                Long.toString(seed))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    List<String> reported = new ArrayList<>();
    try (BufferedReader out = child.inputReader()) {
      String line = out.readLine();
      while (line != null) {
        // What it says after the order to die counts as well.
        if (line.length() == 71) {
          reported.add(line);
        }
        if (reported.size() == after) {
          child.toHandle().destroyForcibly();
        }
        line = out.readLine();
      }
    } finally {
      child.destroyForcibly();
    }
    child.waitFor();
    assertThat(reported).hasSizeGreaterThanOrEqualTo(after);
    return reported;
  }
}
