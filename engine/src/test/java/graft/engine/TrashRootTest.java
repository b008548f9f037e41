package graft.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.container.Container;
import graft.container.ContainerSpec;
import graft.container.ContainerSpec.MountKind;
import graft.container.ContainerSpec.MountRequest;
import graft.container.Containers.WaitFor;
import graft.container.Request;
import graft.container.State;
import graft.error.GraftException;
import graft.images.Growth;
import graft.images.ImageRecord;
import graft.images.Removed;
import graft.oci.Platform;
import graft.oci.Reference;
import graft.trash.Trash;
import graft.volume.Volume;
import graft.volume.Volumes;
import java.io.ByteArrayInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is removed is gone for everybody, and can be had back.
@Tag("root")
class TrashRootTest {
  private static final Volumes.Users NOBODY = _ -> List.of();

  @TempDir Path dir;
  private Engine engine;

  private EngineConfig config(long bytes) {
    return EngineConfig.at(dir.resolve("data"), dir.resolve("run"))
        .withTrash(new Trash.Limits(Duration.ofHours(1), bytes));
  }

  private Engine reopened(long bytes) throws Exception {
    return Engine.open(config(bytes));
  }

  @BeforeEach
  void open() throws Exception {
    engine = EngineLab.open(config(1L << 30));
  }

  @AfterEach
  void close() throws Exception {
    EngineLab.removeContainers(engine);
    engine.trash().empty();
    assertThat(engine.snapshots().list()).isEmpty();
    engine.close();
  }

  private String create(
      String name, boolean autoRemove, List<MountRequest> mounts, String... command)
      throws Exception {
    ContainerSpec spec = EngineLab.spec(mounts, autoRemove);
    return engine.containers().create(Request.of("busybox:1", command).with(spec).named(name)).id();
  }

  private int run(String id) throws Exception {
    var wait = engine.containers().await(id, WaitFor.NEXT_EXIT);
    engine.containers().start(id);
    return wait.get().code();
  }

  private static MountRequest anonymous() {
    return MountRequest.of(MountKind.VOLUME, "", "/v");
  }

  @Test
  void aContainerComesBackWithItsFilesAndAnonymousVolumes() throws Exception {
    String id =
        create(
            "web",
            false,
            List.of(anonymous()),
            "sh",
            "-c",
            "test -e /f && test -e /v/f && exit 7; touch /f /v/f");
    assertThat(run(id)).isZero();
    engine.containers().remove(id, "web", false, true);
    assertThat(engine.containers().list()).isEmpty();
    assertThat(engine.volumes().list()).isEmpty();
    assertThatThrownBy(() -> engine.containers().find("web")).hasMessage("No such container: web");
    // A kill here changes nothing.
    engine.close();
    engine = reopened(1L << 30);
    Trash.Restored restored = engine.trash().restore("", Optional.empty());
    assertThat(restored.restored())
        .extracting(Trash.Entry::kind)
        .containsExactly(Trash.Kind.VOLUME, Trash.Kind.CONTAINER);
    assertThat(restored.remarks()).isEmpty();
    Container back = engine.containers().find("web");
    assertThat(back.id()).isEqualTo(id);
    assertThat(back.state()).isInstanceOf(State.Exited.class);
    assertThat(run(id)).isEqualTo(7);
    assertThat(engine.trash().list()).isEmpty();
  }

  @Test
  void aNameThatIsTakenIsAskedFor() throws Exception {
    String first = create("web", false, List.of(), "true");
    engine.containers().remove(first, "web", false, false);
    create("web", false, List.of(), "true");
    assertThatThrownBy(() -> engine.trash().restore("web", Optional.empty()))
        .isInstanceOf(GraftException.class)
        .hasMessageContaining("there is one called web again");
    engine.trash().restore("web", Optional.of("old"));
    assertThat(engine.containers().find("old").id()).isEqualTo(first);
  }

  /// All of a removal comes back, or nothing of it.
  @Test
  void volumesStayAwayWhereTheirContainerCannotComeBack() throws Exception {
    String id = create("web", false, List.of(anonymous()), "true");
    engine.containers().remove(id, "web", false, true);
    create("web", false, List.of(), "true");
    assertThatThrownBy(() -> engine.trash().restore("web", Optional.empty()))
        .isInstanceOf(GraftException.class);
    assertThat(engine.volumes().list()).isEmpty();
    assertThat(engine.trash().list()).hasSize(2);
  }

  @Test
  void aContainerBringsItsVolumesAlong() throws Exception {
    MountRequest kept = MountRequest.of(MountKind.VOLUME, "kept", "/v");
    String id = create("web", false, List.of(kept), "touch", "/v/f");
    run(id);
    engine.containers().remove(id, "web", false, true);
    engine.volumes().remove("kept", false, NOBODY);
    assertThat(engine.trash().restore("web", Optional.empty()).remarks())
        .containsExactly("volume kept came back along with it");
    assertThat(engine.volumes().find("kept").path().resolve("f")).exists();
    engine.containers().remove(id, "web", false, true);
    engine.volumes().remove("kept", false, NOBODY, Optional.empty());
    assertThat(engine.trash().restore("web", Optional.empty()).remarks())
        .containsExactly("volume kept was gone; it is new and empty");
  }

  @Test
  void whatIsToBeThrownAwayIsNotKept() throws Exception {
    String id = create("once", true, List.of(anonymous()), "true");
    var gone = engine.containers().await(id, WaitFor.REMOVED);
    engine.containers().start(id);
    gone.get();
    assertThat(engine.trash().list()).isEmpty();
    assertThat(engine.volumes().list()).isEmpty();
  }

  @Test
  void aVolumeComesBackWithItsFiles() throws Exception {
    Volume v = engine.volumes().create("data", "", Map.of(), Map.of("a", "b"));
    Files.writeString(v.path().resolve("f"), "first");
    engine.volumes().remove("data", false, NOBODY);
    assertThat(engine.volumes().list()).isEmpty();
    // The name is free, and what has it now is another.
    Files.writeString(
        engine.volumes().create("data", "", Map.of(), Map.of()).path().resolve("f"), "second");
    engine.close();
    engine = reopened(1L << 30);
    assertThatThrownBy(() -> engine.trash().restore("data", Optional.empty()))
        .hasMessageContaining("there is one called data again");
    engine.volumes().remove("data", false, NOBODY);
    engine.trash().restore("data", Optional.empty());
    assertThat(v.path().resolve("f")).hasContent("second");
    engine.trash().restore("data", Optional.of("older"));
    Volume older = engine.volumes().find("older");
    assertThat(older.path().resolve("f")).hasContent("first");
    assertThat(older.labels()).isEqualTo(Map.of("a", "b"));
  }

  @Test
  void anImageComesBackWithTheNamesThatAreFree() throws Exception {
    ImageRecord image = engine.images().find("busybox:1");
    engine.images().tag("busybox:1", Reference.parse("mine:1"));
    List<Removed> removed = engine.images().remove(image.id().toString(), true, true);
    // As Docker tells it, layers and all.
    assertThat(removed).filteredOn(Removed.Deleted.class::isInstance).hasSize(2);
    assertThat(engine.images().list()).isEmpty();
    engine.close();
    engine = reopened(1L << 30);
    engine
        .images()
        .importTar(
            new Growth.Import(
                Optional.of(Reference.parse("mine:1")), "another", List.of(), Platform.host()),
            new ByteArrayInputStream(BusyboxTar.make()));
    Trash.Restored restored = engine.trash().restore("mine:1", Optional.empty());
    assertThat(restored.remarks()).hasSize(1).first().asString().contains("mine:1");
    assertThat(engine.images().find("busybox:1").id()).isEqualTo(image.id());
    assertThat(engine.images().find("mine:1").id()).isNotEqualTo(image.id());
    assertThat(run(create("web", false, List.of(), "true"))).isZero();
  }

  /// A removed container stands on layers that nothing else has.
  @Test
  void layersStayAsLongAsARemovedContainerDoes() throws Exception {
    String id = create("web", false, List.of(), "true");
    ImageRecord image = engine.images().find("busybox:1");
    engine.containers().remove(id, "web", false, false);
    engine.images().remove("busybox:1", false, true);
    engine.trash().restore(id, Optional.empty());
    assertThat(run(id)).isZero();
    engine.containers().remove(id, "web", false, false);
    assertThat(engine.images().directories(image)).isNotEmpty();
    engine.trash().empty();
    assertThat(engine.images().directories(image)).isEmpty();
  }

  @Test
  void theOldAndTheMuchGo() throws Exception {
    for (String name : List.of("v1", "v2", "v3")) {
      Files.write(
          engine.volumes().create(name, "", Map.of(), Map.of()).path().resolve("f"),
          new byte[100_000]);
      engine.volumes().remove(name, false, NOBODY);
    }
    engine.trash().tend(Instant.now());
    assertThat(engine.trash().list())
        .hasSize(3)
        .allMatch(e -> engine.trash().size(e).orElse(0L) > 0);
    engine.close();
    engine = reopened(250_000);
    engine.trash().tend(Instant.now());
    assertThat(engine.trash().list()).extracting(Trash.Entry::name).containsExactly("v3", "v2");
    engine.trash().tend(Instant.now().plus(Duration.ofHours(2)));
    assertThat(engine.trash().list()).isEmpty();
    assertThat(dir.resolve("data/volumes")).isEmptyDirectory();
  }

  /// Chores look after that; how soon is not what is tested.
  @Test
  void aDiskThatIsNearlyFullIsNoPlaceForIt() throws Exception {
    Path small = Files.createDirectory(dir.resolve("small"));
    graft.linux.Mounts.mount("tmpfs", small, "tmpfs", 0, "size=64m");
    try (Engine tight =
        Engine.open(
            EngineConfig.at(small, dir.resolve("run-small"))
                .withBridge("grafttr0", Optional.of("10.63.9.0/24"))
                .withTrash(new Trash.Limits(Duration.ofHours(1), 1L << 30)))) {
      Files.write(
          tight.volumes().create("big", "", Map.of(), Map.of()).path().resolve("f"),
          new byte[20 << 20]);
      tight.volumes().remove("big", false, NOBODY);
      assertThat(tight.trash().list()).hasSize(1);
      long free = Files.getFileStore(small).getUsableSpace();
      Files.write(small.resolve("filler"), new byte[(int) free - (1 << 20)]);
      for (int i = 0; i < 600 && Files.getFileStore(small).getUsableSpace() < 20 << 20; i++) {
        Thread.sleep(100);
      }
      assertThat(Files.getFileStore(small).getUsableSpace()).isGreaterThan(20 << 20);
      assertThat(tight.trash().list()).isEmpty();
    } finally {
      graft.linux.Mounts.unmount(small);
    }
  }

  /// The rename and the record are two things; an engine may die between them.
  @Test
  void aRemovalThatWasCutShortIsEitherDoneOrNot() throws Exception {
    Path volumes = dir.resolve("data/volumes");
    Path data = engine.volumes().create("data", "", Map.of(), Map.of()).path();
    Files.writeString(data.resolve("f"), "kept");
    engine.close();
    Files.move(volumes.resolve("data"), volumes.resolve(".trash-data@000000000000"));
    engine = reopened(1L << 30);
    assertThat(data.resolve("f")).hasContent("kept");
    engine.volumes().remove("data", false, NOBODY);
    Trash.Entry entry = engine.trash().list().getFirst();
    engine.close();
    // The way back, cut short after the rename.
    Files.move(volumes.resolve(".trash-data@" + entry.id()), volumes.resolve("data"));
    engine = reopened(1L << 30);
    assertThat(engine.volumes().list()).isEmpty();
    engine.trash().restore("data", Optional.empty());
    assertThat(data.resolve("f")).hasContent("kept");
  }
}
