package graft.snapshot;

import static graft.snapshot.LayerTars.dir;
import static graft.snapshot.LayerTars.tar;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.error.GraftException;
import graft.layer.Limits;
import graft.layer.TarEntry;
import graft.oci.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The store as the engine has it: directories, and packed layers before them.
@Tag("root")
class PackedLayerStoreTest extends LayerStoreContract {
  private static final String PATH = "lib/status";

  /// What no algorithm makes much smaller by itself.
  private String content = "";

  @BeforeEach
  void fill() {
    StringBuilder text = new StringBuilder();
    new Random(1).ints(20_000).forEach(i -> text.append(Integer.toHexString(i)).append('\n'));
    content = text.toString();
  }

  @Override
  protected PackedLayerStore open(Path directory) throws IOException {
    return PackedLayerStore.open(directory, Limits.DEFAULT);
  }

  @Override
  protected PackedLayerStore afterBoot(Path directory) throws IOException {
    DirLayerStore laid =
        DirLayerStore.open(directory, Limits.DEFAULT, UUID.randomUUID().toString());
    return PackedLayerStore.of(laid, directory, Limits.DEFAULT);
  }

  private record Two(Digest below, Digest kept, byte[] tar) {}

  /// A layer, and one with another version of its file, which is packed.
  private Two two(PackedLayerStore store) throws IOException {
    Digest below = add(store, tar(dir("lib"), PATH + "=" + content)).diffId();
    byte[] tar = tar(PATH + "=" + content.replace("ff", "fe"));
    Digest diffId = Digest.of(tar);
    store.keep(diffId, tar, List.of(below), Optional.of(new LayerStore.File(below, PATH)));
    return new Two(below, diffId, tar);
  }

  private Path packed(Digest diffId) {
    return root.resolve("packed").resolve(diffId.hex());
  }

  private boolean isLaid(Digest diffId) {
    return Files.exists(root.resolve("layers").resolve(diffId.hex()));
  }

  @Test
  void aDifferenceIsSmallAndComesBackWhole() throws IOException {
    PackedLayerStore store = open(root);
    Two two = two(store);
    assertThat(isLaid(two.kept())).isFalse();
    assertThat(Files.size(packed(two.kept()))).isLessThan(two.tar().length / 8);
    assertThat(store.info(two.kept()))
        .contains(new LayerStore.Info(two.kept(), content.length(), two.tar().length, 1));
    assertThat(store.list()).extracting(LayerStore.Info::diffId).contains(two.kept(), two.below());
    assertThat(store.verify(two.kept())).isTrue();
    try (InputStream in = store.tar(two.kept())) {
      assertThat(in.readAllBytes()).isEqualTo(two.tar());
    }
    assertThat(isLaid(two.kept())).as("nobody has asked for its files").isFalse();
    Path lower = store.lower(two.kept());
    assertThat(lower.resolve(PATH)).hasContent(content.replace("ff", "fe"));
    assertThat(store.info(two.kept()).orElseThrow().tarSize()).isEqualTo(two.tar().length);
    assertThat(store.list()).extracting(LayerStore.Info::diffId).doesNotHaveDuplicates();
    assertThat(store.verify(two.kept())).isTrue();
  }

  @Test
  void itOutlivesTheEngineAndSettledTheMachine() throws IOException {
    PackedLayerStore store = open(root);
    Two two = two(store);
    assertThat(open(root).verify(two.kept())).isTrue();
    store.settle(List.of(two.kept()));
    PackedLayerStore next = afterBoot(root);
    next.collectLeftovers();
    assertThat(next.verify(two.kept())).isTrue();
    assertThat(next.lower(two.kept()).resolve(PATH)).isRegularFile();
    // Laid out, but not on disk: the machine goes down.
    PackedLayerStore third = afterBoot(root);
    assertThat(third.verify(two.kept())).isTrue();
    third.collectLeftovers();
    var _ = third.lower(two.kept());
    third.settle(List.of(two.kept()));
    assertThat(afterBoot(root).verify(two.kept())).isTrue();
    assertThat(packed(two.kept())).as("it is laid out for good").doesNotExist();
  }

  @Test
  void whatItDiffersFromMayGoFirst() throws IOException {
    PackedLayerStore store = open(root);
    Two two = two(store);
    assertThat(store.delete(two.below())).isTrue();
    assertThat(store.verify(two.kept())).isTrue();
    assertThat(afterBoot(root).verify(two.kept())).isTrue();
  }

  @Test
  void itGoesWithoutBeingLaidOut() throws IOException {
    PackedLayerStore store = open(root);
    List<Digest> gone = new ArrayList<>();
    store.watch(
        new LayerStore.Watcher() {
          @Override
          public void arrived(Digest diffId) {}

          @Override
          public void removed(Digest diffId) {
            gone.add(diffId);
          }
        });
    Two two = two(store);
    assertThat(store.delete(two.kept())).isTrue();
    assertThat(store.delete(two.kept())).isFalse();
    assertThat(gone).containsExactly(two.kept());
    assertThat(store.info(two.kept())).isEmpty();
    assertThat(packed(two.kept())).doesNotExist();
    assertThatThrownBy(() -> store.lower(two.kept()))
        .isInstanceOf(GraftException.class)
        .hasMessageContaining("is not here");
    Two again = two(store);
    var _ = store.lower(again.kept());
    assertThat(store.delete(again.kept())).isTrue();
    assertThat(gone).containsExactly(two.kept(), again.kept());
    assertThat(packed(again.kept())).doesNotExist();
    assertThat(isLaid(again.kept())).isFalse();
  }

  @Test
  void aDamagedOneIsNotBelieved() throws IOException {
    PackedLayerStore store = open(root);
    Two two = two(store);
    byte[] bytes = Files.readAllBytes(packed(two.kept()));
    for (int at : new int[] {0, 12, 15, 20, bytes.length - 1}) {
      byte[] bad = bytes.clone();
      bad[at] ^= 1;
      Files.write(packed(two.kept()), bad);
      assertThat(store.verify(two.kept())).as("byte %d", at).isFalse();
      assertThatThrownBy(() -> store.lower(two.kept()))
          .isInstanceOf(GraftException.class)
          .hasMessageContaining("cannot be unpacked");
      assertThat(open(root).info(two.kept())).as("byte %d", at).isEmpty();
      assertThat(packed(two.kept())).doesNotExist();
    }
    // Deleting what it differs from is no harm to anybody else.
    Files.write(packed(two.kept()), new byte[] {1});
    assertThat(store.delete(two.below())).isTrue();
  }

  @Test
  void halfWrittenOnesGo() throws IOException {
    Two two = two(open(root));
    Path half = root.resolve("packed").resolve(two.kept().hex() + ".half");
    Files.copy(packed(two.kept()), half);
    PackedLayerStore store = open(root);
    assertThat(half).doesNotExist();
    assertThat(store.verify(two.kept())).isTrue();
  }

  @Test
  void otherBytesThanPromisedAreRefused() throws IOException {
    PackedLayerStore store = open(root);
    Digest promised = Digest.of(new byte[] {1});
    assertThatThrownBy(() -> store.keep(promised, tar("a=1"), List.of(), Optional.empty()))
        .isInstanceOf(GraftException.class)
        .hasMessageContaining("was promised");
    try (Stream<Path> all = Files.list(root.resolve("packed"))) {
      assertThat(all).isEmpty();
    }
  }

  @Test
  void byItselfAndOverDirectoriesThatItDoesNotName() throws IOException {
    PackedLayerStore store = open(root);
    Digest below =
        add(
                store,
                tar(LayerTars.entry("d", TarEntry.Type.DIRECTORY, 0700, 0, "", java.util.Map.of())))
            .diffId();
    byte[] tar = tar("d/f=1");
    // What it is said to be like is not there.
    store.keep(
        Digest.of(tar), tar, List.of(below), Optional.of(new LayerStore.File(below, "none")));
    Path lower = store.lower(Digest.of(tar));
    assertThat(Files.getPosixFilePermissions(lower.resolve("d"))).hasSize(3);
    assertThat(lower.resolve("d/f")).hasContent("1");
  }

  @Test
  void manyAskForItsFilesAtOnce() throws Exception {
    PackedLayerStore store = open(root);
    Two two = two(store);
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Path>> all = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        all.add(threads.submit(() -> store.lower(two.kept())));
      }
      for (Future<Path> one : all) {
        assertThat(one.get().resolve(PATH)).hasContent(content.replace("ff", "fe"));
      }
    }
    assertThat(store.verify(two.kept())).isTrue();
  }
}
