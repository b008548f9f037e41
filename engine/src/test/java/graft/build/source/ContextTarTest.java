package graft.build.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.error.GraftException;
import graft.layer.Limits;
import graft.layer.TarEntry;
import graft.layer.TarEntry.Name;
import graft.layer.TarEntry.Type;
import graft.layer.TarWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ContextTarTest {
  @TempDir Path dir;
  private DiskFileStore store;

  @BeforeEach
  void open() throws Exception {
    store = DiskFileStore.open(dir, 1 << 20, java.util.Set::of);
  }

  private static TarEntry entry(String path, Type type, long size, String link) {
    return new TarEntry(
        Name.of(path), type, 0644, 7, 8, size, Instant.EPOCH, Name.of(link), 0, 0, Map.of());
  }

  private interface Content {
    void writeTo(TarWriter tar) throws IOException;
  }

  private static byte[] tar(Content content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarWriter tar = new TarWriter(bytes)) {
      content.writeTo(tar);
    }
    return bytes.toByteArray();
  }

  private static void file(TarWriter tar, String path, String text) throws IOException {
    tar.write(
        entry(path, Type.FILE, text.length(), ""),
        new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
  }

  private FileTree read(byte[] tar) throws IOException {
    return ContextTar.read(new ByteArrayInputStream(tar), store, _ -> {});
  }

  @Test
  void filesDirectoriesAndLinks() throws Exception {
    FileTree tree =
        read(
            tar(t -> {
              file(t, "a/b/c", "text");
              t.write(entry("l", Type.SYMLINK, 0, "/etc/passwd"));
              t.write(entry("h", Type.HARDLINK, 0, "a/b/c"));
            }));
    assertThat(tree.entries().keySet()).containsExactly("a", "a/b", "a/b/c", "h", "l");
    assertThat(tree.entries().get("h")).isEqualTo(tree.entries().get("a/b/c"));
    assertThat(Objects.requireNonNull(tree.entries().get("a/b/c")).attributes().uid()).isZero();
    try (TreeSource source = new TreeSource(tree, store)) {
      assertThat(source.list("")).containsExactly("a", "h", "l");
      assertThat(source.list("a")).containsExactly("b");
      assertThat(source.open("a/b/c").readAllBytes())
          .isEqualTo("text".getBytes(StandardCharsets.UTF_8));
      // A link leads nowhere but into the context.
      assertThat(Lookup.resolve(source::stat, "l", true)).isEqualTo("etc/passwd");
      assertThat(Lookup.resolve(source::stat, "../../a/./b/../b/c", true)).isEqualTo("a/b/c");
    }
  }

  @Test
  void aLaterEntryTakesThePlace() throws Exception {
    FileTree tree =
        read(
            tar(t -> {
              file(t, "a/b", "1");
              file(t, "a", "2");
            }));
    assertThat(tree.entries().keySet()).containsExactly("a");
  }

  @Test
  void nothingGoesThroughALink() throws Exception {
    byte[] tar =
        tar(t -> {
          t.write(entry("a", Type.SYMLINK, 0, "/etc"));
          file(t, "a/passwd", "x");
        });
    assertThatThrownBy(() -> read(tar)).hasMessageContaining("a is no directory");
  }

  @Test
  void devicesAndDanglingHardLinksAreRefused() throws Exception {
    byte[] device = tar(t -> t.write(entry("d", Type.CHAR, 0, "")));
    assertThatThrownBy(() -> read(device)).hasMessageContaining("device or fifo");
    byte[] link = tar(t -> t.write(entry("h", Type.HARDLINK, 0, "no")));
    assertThatThrownBy(() -> read(link)).hasMessageContaining("hard link");
  }

  @Test
  void theQuotaIsACeiling() throws Exception {
    String much = "x".repeat(600_000);
    byte[] tar =
        tar(t -> {
          file(t, "a", much);
          file(t, "b", much + "y");
        });
    try (DiskFileStore.Use use = store.use()) {
      assertThat(use).isNotNull();
      assertThatThrownBy(() -> read(tar)).hasMessageContaining("are set aside");
    }
    assertThat(store.size()).isLessThan(1 << 20);
    try (var left = Files.list(dir.resolve("new"))) {
      assertThat(left).isEmpty();
    }
    // What no build uses makes room.
    assertThat(read(tar(t -> file(t, "c", much + "z"))).entries()).hasSize(1);
  }

  @Test
  void tooManyEntries() throws Exception {
    byte[] tar =
        tar(t -> {
          for (int i = 0; i < 20; i++) {
            file(t, "f" + i, "");
          }
        });
    Limits few = new Limits(10, 4096, 1 << 20, 1 << 20);
    assertThatThrownBy(() -> ContextTar.read(new ByteArrayInputStream(tar), store, few, _ -> {}))
        .isInstanceOf(GraftException.class)
        .hasMessageContaining("more than 10 entries");
  }

  @Test
  void aTarWithoutPaddingAndEnd() throws Exception {
    byte[] tar = tar(t -> file(t, "Dockerfile", "FROM scratch"));
    FileTree tree = read(Arrays.copyOf(tar, 512 + "FROM scratch".length()));
    assertThat(tree.entries()).containsKey("Dockerfile");
  }
}
