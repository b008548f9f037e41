package graft.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.error.GraftException;
import graft.layer.Limits;
import graft.layer.TarEntry;
import graft.layer.TarEntry.Name;
import graft.layer.TarEntry.Type;
import graft.layer.TarWriter;
import graft.oci.Digest;
import graft.snapshot.DirLayerStore;
import graft.snapshot.LayerStore;
import graft.snapshot.OverlaySnapshotter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Three layers over each other, and what is told of their files.
@Tag("root")
class ImageFilesTest {
  @TempDir Path dir;
  private final List<Digest> stack = new ArrayList<>();
  private ImageFiles files;

  /// A name that ends in `/` is a directory, one with `->` a link, one with `=` a file.
  private static byte[] tar(String... entries) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarWriter tar = new TarWriter(bytes)) {
      for (String entry : entries) {
        String[] link = entry.split("->");
        String[] file = entry.split("=", 2);
        if (link.length == 2) {
          tar.write(entry(link[0], Type.SYMLINK, 0, link[1]));
        } else if (entry.endsWith("/")) {
          tar.write(entry(entry.substring(0, entry.length() - 1), Type.DIRECTORY, 0, ""));
        } else {
          byte[] content = file[1].getBytes(StandardCharsets.UTF_8);
          tar.write(
              entry(file[0], Type.FILE, content.length, ""), new ByteArrayInputStream(content));
        }
      }
    }
    return bytes.toByteArray();
  }

  private static TarEntry entry(String path, Type type, long size, String link) {
    return new TarEntry(
        Name.of(path), type, 0755, 0, 0, size, Instant.EPOCH, Name.of(link), 0, 0, Map.of());
  }

  @BeforeEach
  void layers() throws IOException {
    LayerStore layers = DirLayerStore.open(dir, Limits.DEFAULT);
    for (byte[] tar :
        List.of(
            tar("usr/", "usr/bin/", "usr/bin/sh=one", "bin->usr/bin", "etc/", "etc/a=1", "etc/b=1"),
            tar("usr/bin/sh=other", "usr/bin/new=x", "etc/.wh.a=", "opt/", "opt/x/", "opt/x/f=1"),
            tar("etc/", "etc/.wh..wh..opq=", "etc/c=1", ".wh.opt="))) {
      try (LayerStore.Batch batch = layers.begin()) {
        stack.addFirst(
            batch.add(Optional.empty(), new ByteArrayInputStream(tar), stack, _ -> {}).diffId());
        batch.commit();
      }
    }
    files = new ImageFiles(OverlaySnapshotter.open(dir, layers));
  }

  /// The layers that touched a path, the topmost first; `-` where they took it away.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/usr/bin/sh | 1 0",
        "/bin/sh | 1 0",
        "/bin/../bin/new | 1",
        "/bin | 0",
        "/etc/a | -2 -1 0",
        "/etc/b | -2 0",
        "/etc/c | 2",
        "/opt/x/f | -2 1",
        "/opt | -2 1",
        "/nothing | ''",
      })
  void touches(String path, String expected) throws IOException {
    assertThat(files.touches(stack, path).stream().map(t -> (t.deletes() ? "-" : "") + t.index()))
        .containsExactlyElementsOf(expected.isEmpty() ? List.of() : List.of(expected.split(" ")));
  }

  @ParameterizedTest
  @CsvSource({"/bin/sh, 1", "/etc/c, 2", "/bin, 0"})
  void carriers(String path, int index) throws IOException {
    assertThat(files.carrier(stack, path)).contains(stack.get(stack.size() - 1 - index));
  }

  @Test
  void whatDiffers() throws IOException {
    List<Digest> base = List.of(stack.getLast());
    assertThat(files.diff(base, "/", stack, "/").stream().map(c -> c.kind() + " " + c.path()))
        .containsExactly(
            "DELETED /etc/a",
            "DELETED /etc/b",
            "ADDED /etc/c",
            "ADDED /usr/bin/new",
            "MODIFIED /usr/bin/sh");
    assertThat(files.diff(base, "/usr/bin", stack, "/usr/bin")).hasSize(2);
    assertThat(files.diff(base, "/etc/a", stack, "/etc/c")).hasSize(0);
    assertThat(files.diff(List.of(), "/", base, "/")).hasSize(7);
    assertThatThrownBy(() -> files.diff(base, "/no", stack, "/no"))
        .isInstanceOf(GraftException.class)
        .hasMessageContaining("/no");
  }
}
