package graft.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.container.Container;
import graft.container.ContainerSpec;
import graft.container.Containers;
import graft.container.Containers.CommitRequest;
import graft.container.Containers.WaitFor;
import graft.container.Request;
import graft.container.State;
import graft.error.GraftException;
import graft.images.Growth;
import graft.images.ImageRecord;
import graft.oci.Platform;
import graft.oci.Reference;
import graft.recipe.Recipe;
import graft.tree.ImageTree;
import graft.tree.Tree;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A Java program that opens an engine on a directory and makes, runs and commits containers: no
/// daemon, no socket, but the real runc, conmon and overlayfs.
@Tag("root")
class EngineTest {
  @TempDir Path dir;
  private Engine engine;

  private static final ContainerSpec NO_NETWORK = EngineLab.spec(List.of(), false);

  @BeforeEach
  void open() throws Exception {
    engine = EngineLab.open(EngineConfig.at(dir.resolve("data"), dir.resolve("run")));
  }

  @AfterEach
  void close() throws Exception {
    EngineLab.removeContainers(engine);
    for (String key : engine.snapshots().list()) {
      engine.snapshots().remove(key);
    }
    engine.close();
  }

  private Containers containers() {
    return engine.containers();
  }

  private String create(String image, String... command) throws Exception {
    return containers().create(Request.of(image, command).with(NO_NETWORK)).id();
  }

  /// Runs to the end: all of stdout and the exit code.
  private String run(String image, String... command) throws Exception {
    EngineLab.Ended ended = EngineLab.finish(engine, create(image, command));
    return ended.out() + "= " + ended.code();
  }

  private ImageRecord commit(String id, String name) throws Exception {
    return containers()
        .commit(
            id,
            new CommitRequest(
                Optional.of(Reference.parse(name)),
                "me",
                "a message",
                true,
                UnaryOperator.identity()));
  }

  @Test
  void runsAndTellsOutputAndExitCode() throws Exception {
    assertThat(run("busybox:1", "echo", "hello")).isEqualTo("hello\n= 0");
    assertThat(run("busybox:1", "sh", "-c", "exit 42")).isEqualTo("= 42");
    assertThat(run("busybox:1", "sh", "-c", "kill -9 $$; sleep 5 & kill -9 $!; exit 3"))
        .isEqualTo("= 3");
  }

  @Test
  void aMissingCommandIs127AndLeavesNothingRunning() throws Exception {
    String id = create("busybox:1", "nosuch");
    assertThatThrownBy(() -> containers().start(id))
        .isInstanceOf(GraftException.class)
        .hasMessageContaining("executable file not found in $PATH");
    assertThat(containers().find(id).state())
        .isInstanceOfSatisfying(State.Created.class, s -> assertThat(s.code()).isEqualTo(127));
    assertThat(engine.snapshots().isMounted(id)).isFalse();
  }

  @Test
  void aChildInheritsAndTheTreeSaysSo() throws Exception {
    String id = create("busybox:1", "sh", "-c", "echo data > /new; rm /etc/group");
    Containers.Wait wait = containers().await(id, WaitFor.NEXT_EXIT);
    containers().start(id);
    assertThat(wait.get().code()).isZero();
    assertThat(containers().changes(id))
        .extracting(c -> c.kind() + " " + c.path())
        .containsExactly("MODIFIED /etc", "DELETED /etc/group", "ADDED /new");
    ImageRecord child = commit(id, "child:1");
    assertThat(engine.builds().recipes().find(child))
        .get(org.assertj.core.api.InstanceOfAssertFactories.type(Recipe.Commit.class))
        .satisfies(r -> {
          assertThat(r.container()).isEqualTo(id);
          assertThat(r.command()).startsWith("sh", "-c");
          assertThat(r.layer()).contains(child.diffIds().getLast());
          assertThat(r.base().layers()).isEqualTo(child.diffIds().subList(0, 1));
        });
    assertThat(run("child:1", "sh", "-c", "cat /new; ls /etc")).contains("data\n").endsWith("= 0");
    assertThat(run("child:1", "sh", "-c", "test -e /etc/group")).isEqualTo("= 1");

    ImageRecord base = engine.images().find("busybox:1");
    assertThat(child.parent()).contains(base.id());
    assertThat(child.base().orElseThrow().name()).isEqualTo("busybox:1");
    assertThat(child.base().orElseThrow().digest()).contains(base.manifest().digest());
    assertThat(child.diffIds()).startsWith(base.diffIds().getFirst()).hasSize(2);
    Tree tree = ImageTree.of(engine.images());
    assertThat(tree.node(child.id()).orElseThrow().parent()).contains(base.id());
    assertThat(tree.node(child.id()).orElseThrow().own()).isEqualTo(5);
  }

  @Test
  void theBaseStaysWhileAChildNeedsItsLayers() throws Exception {
    String id = create("busybox:1", "touch", "/x");
    containers().start(id);
    containers().await(id, WaitFor.NOT_RUNNING).get();
    ImageRecord child = commit(id, "child:1");
    containers().remove(id, id, true, true);
    assertThatThrownBy(() ->
            engine.images().remove(engine.images().find("busybox:1").id().toString(), false, true))
        .hasMessageEndingWith("image has dependent child images: child:1");
    engine.images().remove("busybox:1", false, true);
    assertThat(run("child:1", "ls", "/x")).isEqualTo("/x\n= 0");
    for (Container c : containers().list()) {
      containers().remove(c.id(), c.name(), true, true);
    }
    engine.images().remove("child:1", false, true);
    assertThat(engine.images().list()).isEmpty();
    assertThat(engine.images().byId(child.id())).isEmpty();
  }

  @Test
  void stopKillPauseAndRestart() throws Exception {
    String id = create("busybox:1", "sh", "-c", "trap 'exit 7' TERM; while :; do sleep 0.05; done");
    containers().start(id);
    containers().pause(id);
    assertThat(containers().find(id).state()).isInstanceOf(State.Paused.class);
    containers().unpause(id);
    containers().stop(id, "", OptionalInt.of(20));
    assertThat(containers().await(id, WaitFor.NOT_RUNNING).get().code()).isEqualTo(7);
    containers().start(id);
    containers().kill(id, id, "KILL");
    assertThat(containers().await(id, WaitFor.NOT_RUNNING).get().code()).isEqualTo(137);
    containers().restart(id, "", OptionalInt.of(1));
    assertThat(containers().find(id).state()).isInstanceOf(State.Running.class);
  }

  @Test
  void anEngineThatComesBackTakesOver() throws Exception {
    String runs = create("busybox:1", "sh", "-c", "sleep 300");
    String ends = create("busybox:1", "sh", "-c", "sleep 300");
    containers().start(runs);
    containers().start(ends);
    int pid = containers().find(ends).state().pid();
    engine.close();
    ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    ProcessHandle.of(pid).ifPresent(p -> p.onExit().join());
    engine = Engine.open(EngineConfig.at(dir.resolve("data"), dir.resolve("run")));
    assertThat(engine.troubles()).isEmpty();
    assertThat(containers().find(runs).state()).isInstanceOf(State.Running.class);
    assertThat(containers().await(ends, WaitFor.NOT_RUNNING).get().code()).isEqualTo(137);
    containers().kill(runs, runs, "KILL");
    assertThat(containers().await(runs, WaitFor.NOT_RUNNING).get().code()).isEqualTo(137);
  }

  @ParameterizedTest
  @CsvSource({"data, run2, data", "data2, run, run"})
  void oneEngineADirectory(String data, String run, String used) {
    assertThatThrownBy(() -> Engine.open(EngineConfig.at(dir.resolve(data), dir.resolve(run))))
        .isInstanceOf(GraftException.class)
        .hasMessageStartingWith("another engine is using " + dir.resolve(used) + " (it holds");
  }

  @Test
  void oneEngineABridge() throws IOException {
    EngineConfig same =
        EngineConfig.at(dir.resolve("data2"), dir.resolve("run2"))
            .withBridge(engine.config().network().bridge(), Optional.empty());
    for (int i = 0; i < 2; i++) {
      // A refusal leaves the other one what it has, and nothing locked.
      assertThatThrownBy(() -> Engine.open(same))
          .isInstanceOf(GraftException.class)
          .hasMessageContainingAll(
              "is that of another engine, process " + ProcessHandle.current().pid(),
              "run directory " + dir.resolve("run"));
    }
    engine.close();
    engine = Engine.open(same);
  }

  @Test
  void exportIsTheWholeFileSystem() throws IOException, InterruptedException {
    String id = containers().create(Request.of("busybox:1").with(NO_NETWORK)).id();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    containers().export(id, out);
    ImageRecord again =
        engine
            .images()
            .importTar(
                new Growth.Import(
                    Optional.of(Reference.parse("again:1")), "", List.of(), Platform.host()),
                new ByteArrayInputStream(out.toByteArray()));
    assertThat(again.size()).isGreaterThanOrEqualTo(engine.images().find("busybox:1").size());
  }
}
