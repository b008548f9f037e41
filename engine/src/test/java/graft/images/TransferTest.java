package graft.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.content.ContentStore;
import graft.content.FileContentStore;
import graft.db.Db;
import graft.engine.BusyboxTar;
import graft.error.GraftException;
import graft.event.Events;
import graft.layer.Limits;
import graft.oci.Digest;
import graft.oci.ImageConfig.History;
import graft.oci.Platform;
import graft.oci.Reference;
import graft.registry.Credentials;
import graft.registry.FakeRegistry;
import graft.registry.Registries;
import graft.registry.RegistryOptions;
import graft.registry.Repository;
import graft.snapshot.DirLayerStore;
import graft.snapshot.LayerStore;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Images to and from a registry that breaks on purpose, and to and from archives.
@Tag("root")
class TransferTest {
  @TempDir Path dir;
  private FakeRegistry registry;
  private Registries registries;
  private Store here;
  private final AtomicReference<List<ImageUser>> users = new AtomicReference<>(List.of());

  /// The room of images on a directory.
  private final class Store implements AutoCloseable {
    final Db db;
    final ContentStore content;
    final LayerStore layers;
    final Images images;

    Store(Path root) throws Exception {
      Files.createDirectories(root);
      db = Db.open(root.resolve("db"));
      content = FileContentStore.open(root.resolve("content"));
      layers = DirLayerStore.open(root, Limits.DEFAULT);
      images = new Images(content, layers, db, new Events(), _ -> users.get(), List::of);
    }

    @Override
    public void close() throws IOException {
      db.close();
    }
  }

  @BeforeEach
  void open() throws Exception {
    registry = new FakeRegistry();
    registries = new Registries(RegistryOptions.defaults());
    here = new Store(dir.resolve("here"));
  }

  @AfterEach
  void close() throws Exception {
    here.close();
    registries.close();
    registry.close();
  }

  private Reference name(String rest) {
    return Reference.parse(registry.host() + "/" + rest);
  }

  private Repository repository(Reference name) {
    return registries.repository(name, Credentials.NONE);
  }

  private ImageRecord base(Reference name) throws Exception {
    return here.images.importTar(
        new Growth.Import(
            Optional.of(name), "", List.of("CMD [\"sh\"]"), new Platform("linux", "amd64")),
        new ByteArrayInputStream(BusyboxTar.make()));
  }

  private ImageRecord child(ImageRecord base, Reference name) throws Exception {
    return here.images.commit(
        new Growth.Commit(
            base,
            "base:1",
            Optional.of(name),
            new History(Optional.of(Instant.now()), "x", "", "", false),
            s -> s,
            out -> {
              try (graft.layer.TarWriter tar = new graft.layer.TarWriter(out)) {
                tar.write(
                    new graft.layer.TarEntry(
                        graft.layer.TarEntry.Name.of("new"),
                        graft.layer.TarEntry.Type.FILE,
                        0644,
                        0,
                        0,
                        3,
                        Instant.EPOCH,
                        graft.layer.TarEntry.Name.EMPTY,
                        0,
                        0,
                        java.util.Map.of()),
                    new ByteArrayInputStream(new byte[] {1, 2, 3}));
              }
            },
            Growth.Recorded.NOTHING));
  }

  private ImageRecord pull(Store store, Reference name) throws Exception {
    return store
        .images
        .pull(repository(name), name, Platform.parse("linux/amd64"), Progress.SILENT)
        .image();
  }

  @Test
  void whatIsPushedIsPulledAgainUnderTheSameId() throws Exception {
    Reference name = name("team/child:1");
    ImageRecord child = child(base(name("team/base:1")), name);
    Digest pushed = here.images.push(repository(name), name, Progress.SILENT).digest();
    assertThat(here.images.byId(child.id()).orElseThrow().digests())
        .extracting(Reference::toString)
        .containsExactly(name.withDigest(pushed).toString());
    try (Store there = new Store(dir.resolve("there"))) {
      ImageRecord pulled = pull(there, name);
      assertThat(pulled.id()).isEqualTo(child.id());
      assertThat(pulled.manifest().digest()).isEqualTo(pushed);
      assertThat(pulled.diffIds()).isEqualTo(child.diffIds());
      assertThat(pulled.base().orElseThrow().name()).isEqualTo("base:1");
      for (Digest layer : pulled.diffIds()) {
        assertThat(there.layers.verify(layer)).isTrue();
      }
      // Pushed on from there it keeps its digest: nothing is packed anew.
      Reference other = name("other/child:2");
      there.images.tag(name.familiar(), other);
      assertThat(there.images.push(repository(other), other, Progress.SILENT).digest())
          .isEqualTo(pushed);
      assertThat(
              there
                  .images
                  .pull(repository(name), name, Platform.parse("linux/amd64"), Progress.SILENT)
                  .newer())
          .isFalse();
    }
  }

  @Test
  void aLayerIsPackedOnceAndSentOnce() throws Exception {
    Reference name = name("team/base:1");
    base(name);
    Digest first = here.images.push(repository(name), name, Progress.SILENT).digest();
    registry.log.clear();
    Digest second = here.images.push(repository(name), name, Progress.SILENT).digest();
    assertThat(second).isEqualTo(first);
    assertThat(registry.log).noneMatch(l -> l.startsWith("POST"));
  }

  @Test
  void aBrokenDownloadIsResumedAndNothingIsVisibleBefore() throws Exception {
    Reference name = name("team/base:1");
    base(name);
    here.images.push(repository(name), name, Progress.SILENT);
    registry.cutAfter = 100_000;
    registry.cuts.set(2);
    try (Store there = new Store(dir.resolve("there"))) {
      assertThat(pull(there, name).names()).containsExactly(name);
    }
  }

  @Test
  void wrongBytesLeaveNothingToBeSeen() throws Exception {
    Reference name = name("team/base:1");
    base(name);
    here.images.push(repository(name), name, Progress.SILENT);
    registry.wrongBytes = true;
    try (Store there = new Store(dir.resolve("there"))) {
      assertThatThrownBy(() -> pull(there, name)).isInstanceOf(GraftException.class);
      assertThat(there.images.list()).isEmpty();
      assertThat(there.layers.list()).isEmpty();
      registry.wrongBytes = false;
      assertThat(pull(there, name).names()).containsExactly(name);
    }
  }

  @Test
  void aPullBringsDamagedThingsAnew() throws Exception {
    Reference name = name("team/base:1");
    Digest layer = base(name).diffIds().getFirst();
    here.images.push(repository(name), name, Progress.SILENT);
    Path root = dir.resolve("there");
    try (Store there = new Store(root)) {
      ImageRecord image = pull(there, name);
      Files.writeString(root.resolve("layers/" + layer.hex() + "/fs/etc/passwd"), "other");
      assertThat(damaged(there)).containsExactly(layer);
      pull(there, name);
      assertThat(damaged(there)).isEmpty();
      // The layer is gone, and its blob, from which it would be made again, is damaged.
      there.layers.delete(layer);
      Digest blob = there.images.open(image).layers().getFirst().blob().digest();
      Files.writeString(root.resolve("content/blobs/sha256/" + blob.hex()), "other");
      assertThat(damaged(there)).containsExactly(blob);
      pull(there, name);
      assertThat(damaged(there)).isEmpty();
      assertThat(there.layers.info(layer)).isPresent();
    }
  }

  private static List<Digest> damaged(Store store) throws IOException {
    List<Digest> all = new java.util.ArrayList<>();
    store.images.verify(thing -> {
      if (thing.problem().isPresent()) {
        all.add(thing.digest());
      }
    });
    return all;
  }

  @Test
  void aMissingTagSaysSoInDockersWords() {
    Reference name = name("team/none:1");
    assertThatThrownBy(() -> pull(here, name))
        .hasMessageStartingWith("manifest for " + name.familiar() + " not found");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void savedAndLoadedIsTheSame(boolean pulledFirst) throws Exception {
    Reference name = name("team/child:1");
    ImageRecord child = child(base(name("team/base:1")), name);
    Store from = here;
    if (pulledFirst) {
      here.images.push(repository(name), name, Progress.SILENT);
      from = new Store(dir.resolve("middle"));
      pull(from, name);
    }
    ByteArrayOutputStream archive = new ByteArrayOutputStream();
    from.images.save(List.of(name.familiar()), archive);
    try (Store there = new Store(dir.resolve("there"))) {
      List<Archives.Loaded> loaded =
          there.images.load(
              new ByteArrayInputStream(archive.toByteArray()), Optional.empty(), Progress.SILENT);
      assertThat(loaded).extracting(Archives.Loaded::shownName).containsExactly(name.familiar());
      assertThat(there.images.find(name.familiar()).id()).isEqualTo(child.id());
      assertThat(there.images.find(name.familiar()).size()).isEqualTo(child.size());
      for (Digest layer : child.diffIds()) {
        assertThat(there.layers.verify(layer)).isTrue();
      }
    }
    if (pulledFirst) {
      from.close();
    }
  }

  @Test
  void rmiTakesWhatNobodyElseNeeds() throws Exception {
    ImageRecord base = base(name("team/base:1"));
    ImageRecord child = child(base, name("team/child:1"));
    here.images.tag("" + child.id(), name("team/child:2"));
    assertThat(here.images.remove(name("team/child:2").familiar(), false, true))
        .containsExactly(new Removed.Untagged(name("team/child:2").familiar()));
    List<Removed> removed = here.images.remove(name("team/child:1").familiar(), false, true);
    assertThat(removed)
        .containsExactly(
            new Removed.Untagged(name("team/child:1").familiar()),
            new Removed.Deleted(child.id()),
            new Removed.Deleted(ChainIds.of(child.diffIds()).getLast()));
    assertThat(here.layers.list())
        .extracting(LayerStore.Info::diffId)
        .containsExactlyElementsOf(base.diffIds());
  }

  @Test
  void conflictsAreInDockersWords() throws Exception {
    ImageRecord base = base(name("team/base:1"));
    String id = base.id().toString();
    String named = name("team/base:1").familiar();
    users.set(List.of(new ImageUser("abcdef012345", false)));
    assertThatThrownBy(() -> here.images.remove(named, false, true))
        .hasMessage(
            "conflict: unable to remove repository reference \""
                + named
                + "\" (must force) - container abcdef012345 is using its referenced image "
                + base.id().shortHex());
    assertThatThrownBy(() -> here.images.remove(id, false, true))
        .hasMessage(
            "conflict: unable to delete "
                + id
                + " (must be forced) - image is being used by stopped container abcdef012345");
    users.set(List.of(new ImageUser("abcdef012345", true)));
    assertThatThrownBy(() -> here.images.remove(id, true, true))
        .hasMessage(
            "conflict: unable to delete "
                + id
                + " (cannot be forced) - image is being used by running container abcdef012345");
    users.set(List.of());
    here.images.tag(id, name("elsewhere/base:1"));
    assertThatThrownBy(() -> here.images.remove(id, false, true))
        .hasMessage(
            "conflict: unable to delete "
                + id
                + " (must be forced) - image is referenced in multiple repositories");
    assertThatThrownBy(() -> here.images.find("nosuch")).hasMessage("No such image: nosuch:latest");
    assertThat(here.images.find(base.id().shortHex()).id()).isEqualTo(base.id());
  }
}
