package graft.images;

import static org.assertj.core.api.Assertions.assertThat;

import graft.content.FileContentStore;
import graft.db.Db;
import graft.engine.BusyboxTar;
import graft.event.Events;
import graft.layer.Limits;
import graft.oci.Platform;
import graft.oci.Reference;
import graft.snapshot.DirLayerStore;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Damage of every kind, and that just the damaged thing is named.
@Tag("root")
class VerifyTest {
  @TempDir Path dir;

  enum Damage {
    NONE,
    FILE_CHANGED,
    FILE_LONGER,
    FILE_SHORTER,
    FILE_EMPTY,
    FILE_GONE,
    FILE_IS_A_LINK,
    RECORD_CHANGED,
    RECORD_SHORTER,
    RECORD_EMPTY,
    RECORD_GONE,
    BLOB_CHANGED,
    BLOB_LONGER,
    BLOB_SHORTER,
    BLOB_EMPTY
  }

  private static void damage(Damage how, Path layer, Path blob) throws IOException {
    Path file = layer.resolve("fs/etc/passwd");
    Path record = layer.resolve("tar-split");
    switch (how) {
      case NONE -> {}
      case FILE_CHANGED -> flip(file);
      case FILE_LONGER -> length(file, 3);
      case FILE_SHORTER -> length(file, -3);
      case FILE_EMPTY -> length(file, -9999);
      case FILE_GONE -> Files.delete(file);
      case FILE_IS_A_LINK -> {
        Files.delete(file);
        Files.createSymbolicLink(file, Path.of("nowhere"));
      }
      case RECORD_CHANGED -> flip(record);
      case RECORD_SHORTER -> length(record, -9);
      case RECORD_EMPTY -> length(record, -99_999);
      case RECORD_GONE -> Files.delete(record);
      case BLOB_CHANGED -> flip(blob);
      case BLOB_LONGER -> length(blob, 1);
      case BLOB_SHORTER -> length(blob, -1);
      case BLOB_EMPTY -> length(blob, -9999);
    }
  }

  private static void flip(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
  }

  private static void length(Path file, long more) throws IOException {
    try (RandomAccessFile f = new RandomAccessFile(file.toFile(), "rw")) {
      f.setLength(Math.max(0, f.length() + more));
    }
  }

  @ParameterizedTest
  @EnumSource(Damage.class)
  void whatIsDamagedIsNamed(Damage damage) throws Exception {
    try (Db db = Db.open(dir.resolve("db"))) {
      DirLayerStore layers = DirLayerStore.open(dir, Limits.DEFAULT);
      Images images =
          new Images(
              FileContentStore.open(dir.resolve("content")),
              layers,
              db,
              new Events(),
              _ -> List.of(),
              List::of);
      ImageRecord image =
          images.importTar(
              new Growth.Import(
                  Optional.of(Reference.parse("x:1")), "", List.of(), Platform.host()),
              new ByteArrayInputStream(BusyboxTar.make()));
      damage(
          damage,
          dir.resolve("layers").resolve(image.diffIds().getFirst().hex()),
          dir.resolve("content/blobs/sha256").resolve(image.id().hex()));
      List<Verify.Checked> all = new ArrayList<>();
      images.verify(all::add);
      assertThat(all)
          .extracting(Verify.Checked::kind)
          .containsExactly(Verify.Kind.LAYER, Verify.Kind.BLOB, Verify.Kind.BLOB);
      List<Verify.Checked> bad = all.stream().filter(c -> c.problem().isPresent()).toList();
      if (damage == Damage.NONE) {
        assertThat(bad).isEmpty();
      } else {
        assertThat(bad)
            .singleElement()
            .satisfies(c -> {
              assertThat(c.digest())
                  .isEqualTo(
                      damage.name().startsWith("BLOB") ? image.id() : image.diffIds().getFirst());
              assertThat(c.problem().orElseThrow()).isNotBlank().doesNotContain("\n");
            });
      }
    }
  }
}
