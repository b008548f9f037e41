package graft.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import graft.build.run.BuildLab;
import graft.container.Container;
import graft.container.ContainerSpec;
import graft.container.ContainerSpec.MountKind;
import graft.container.ContainerSpec.MountRequest;
import graft.container.ContainerSpec.Restart;
import graft.container.ContainerSpec.RestartPolicy;
import graft.container.Containers.WaitFor;
import graft.container.Request;
import graft.container.State;
import graft.rollout.Progress.Recreating;
import graft.volume.Volume;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Containers that run while the names of their images move: real ones, of real builds. What they
/// have on networks is seen by the clients' tests.
@Tag("root")
class RecreationRootTest {
  /// Ends at once when it is asked to.
  private static final String LOOP = "trap 'exit 0' TERM; while :; do sleep 0.1; done";

  /// About as long as two containers take.
  private static final long LONGEST_MILLIS = 2_000;

  @TempDir Path dir;
  private BuildLab lab;

  @BeforeEach
  void open() throws Exception {
    lab = new BuildLab(dir);
    for (String version : List.of("1", "2", "3")) {
      var _ =
          lab.build(
              "base:" + version,
              "FROM busybox:1\nCOPY v /etc/v\nENV VERSION=" + version + "\n",
              Map.of("v", version));
    }
    var _ =
        lab.build(
            "app:1",
            """
            FROM base:1
            COPY a /srv/a
            VOLUME /data
            ENV PORT=80
            CMD ["sh", "-c", "%s"]
            """
                .formatted(LOOP),
            Map.of("a", "text"));
    // Whatever stands on version 2 is ill.
    var _ =
        lab.build(
            "checked:1",
            """
            FROM base:1
            COPY a /srv/a
            HEALTHCHECK --interval=100ms --retries=2 CMD ! grep 2 /etc/v
            CMD ["sh", "-c", "%s"]
            """
                .formatted(LOOP),
            Map.of("a", "text"));
  }

  @AfterEach
  void close() throws Exception {
    for (Container c : lab.engine().containers().list()) {
      lab.engine().containers().remove(c.id(), c.name(), true, true);
    }
    lab.close();
  }

  private static ContainerSpec.Net offline() {
    return ContainerSpec.DEFAULT.isolated().net();
  }

  private static ContainerSpec spec(Restart restart, boolean autoRemove, MountRequest... mounts) {
    ContainerSpec d = ContainerSpec.DEFAULT;
    return new ContainerSpec(
        d.run(),
        d.entrypoint(),
        d.cmd(),
        d.env(),
        d.modes(),
        offline(),
        List.of(mounts),
        d.volumes(),
        d.exposedPorts(),
        d.labels(),
        new RestartPolicy(restart, 0),
        autoRemove,
        d.log(),
        d.stopSignal(),
        d.stopTimeout(),
        d.health(),
        d.shell(),
        d.deviceRequests(),
        d.document());
  }

  /// With the processes of another one.
  private static ContainerSpec joining(ContainerSpec d, Container other) {
    return new ContainerSpec(
        d.run(),
        d.entrypoint(),
        d.cmd(),
        d.env(),
        new ContainerSpec.Modes("container:" + other.name(), "private", "", "", ""),
        d.net(),
        d.mounts(),
        d.volumes(),
        d.exposedPorts(),
        d.labels(),
        d.restart(),
        d.autoRemove(),
        d.log(),
        d.stopSignal(),
        d.stopTimeout(),
        d.health(),
        d.shell(),
        d.deviceRequests(),
        d.document());
  }

  private static Request.Overrides asked(List<String> env, Map<String, String> labels) {
    Request.Overrides none = Request.Overrides.NONE;
    return new Request.Overrides(
        none.entrypoint(),
        none.cmd(),
        env,
        none.user(),
        none.workingDir(),
        labels,
        none.volumes(),
        none.exposedPorts(),
        none.stopSignal(),
        none.health(),
        none.shell());
  }

  private Container run(String name, String image, Request.Overrides asked, ContainerSpec spec)
      throws Exception {
    String id =
        lab.engine()
            .containers()
            .create(new Request(image, Optional.of(name), Optional.empty(), asked, spec))
            .id();
    lab.engine().containers().start(id);
    return lab.engine().containers().find(id);
  }

  private Container run(String name, String image) throws Exception {
    return run(name, image, Request.Overrides.NONE, spec(Restart.ALWAYS, false));
  }

  private Container find(String name) {
    return lab.engine().containers().find(name);
  }

  private String image(String name) {
    return lab.engine().images().find(name).id().toString();
  }

  private final List<Progress> progress = new ArrayList<>();

  private Plan plan(String onto) throws Exception {
    return lab.engine()
        .rollouts()
        .plan(new Rollouts.Rebase("base:1", onto, true, true, Plan.Options.SAFE));
  }

  private Optional<Generation> rollOut(String onto, Rollouts.OnFailure onFailure) throws Exception {
    progress.clear();
    return lab.engine()
        .rollouts()
        .apply(
            plan(onto).digest(),
            new Rollouts.Apply(
                Optional.empty(), onFailure, Optional.of(Duration.ofMillis(300)), false),
            progress::add);
  }

  /// The last that was said of each container.
  private Map<String, Recreating> told() {
    Map<String, Recreating> all = new LinkedHashMap<>();
    progress.forEach(p -> {
      if (p instanceof Progress.OfContainer c) {
        all.put(c.name(), c.state());
      }
    });
    return all;
  }

  private String said(String name) {
    return progress.stream()
        .filter(Progress.OfContainer.class::isInstance)
        .map(Progress.OfContainer.class::cast)
        .filter(c -> c.name().equals(name))
        .map(Progress.OfContainer::message)
        .reduce("", (_, b) -> b);
  }

  private List<String> volumes() {
    return lab.engine().volumes().list().stream().map(Volume::name).toList();
  }

  @Test
  void aContainerIsMadeAnewAsItWasAskedFor() throws Exception {
    Container before =
        run(
            "web",
            "app:1",
            asked(List.of("MINE=x"), Map.of("team", "shop")),
            spec(
                Restart.UNLESS_STOPPED,
                false,
                MountRequest.of(MountKind.VOLUME, "shared", "/shared"),
                MountRequest.of(MountKind.VOLUME, "", "/own"),
                MountRequest.of(MountKind.BIND, dir.toString(), "/host")));
    for (Container.MountPoint m : before.mounts()) {
      if (m.kind() == MountKind.VOLUME) {
        Files.writeString(Path.of(m.source()).resolve("mark"), m.destination());
      }
    }
    List<String> volumes = volumes();
    assertThat(volumes).hasSize(3);

    var _ = rollOut("base:2", Rollouts.OnFailure.STOP).orElseThrow();

    assertThat(told()).containsExactly(Map.entry("web", Recreating.RUNNING));
    Container now = find("web");
    assertThat(lab.engine().containers().list()).containsExactly(now);
    assertThat(now.id()).isNotEqualTo(before.id());
    assertThat(now.image().toString()).isEqualTo(image("app:1"));
    assertThat(now.imageName()).isEqualTo("app:1");
    assertThat(now.state()).isInstanceOf(State.Running.class);
    assertThat(now.instead()).isEmpty();
    // What was asked for is as it was; what the image says is as it says it now.
    assertThat(now.spec().env()).startsWith("MINE=x").contains("VERSION=2", "PORT=80");
    assertThat(now.spec().labels()).containsEntry("team", "shop");
    assertThat(now.spec().restart()).isEqualTo(before.spec().restart());
    assertThat(now.spec().run().hostname()).isEqualTo(now.shortId());
    assertThat(now.mounts()).isEqualTo(before.mounts());
    for (Container.MountPoint m : now.mounts()) {
      if (m.kind() == MountKind.VOLUME) {
        assertThat(Path.of(m.source()).resolve("mark")).content().isEqualTo(m.destination());
      }
    }
    assertThat(volumes()).isEqualTo(volumes);
    // The way back, with the container.
    progress.clear();
    lab.engine().rollouts().rollback(1, false, Optional.of(Duration.ZERO), progress::add);
    assertThat(told()).containsExactly(Map.entry("web", Recreating.RUNNING));
    assertThat(find("web").image()).isEqualTo(before.image());
    assertThat(find("web").spec().env()).isEqualTo(before.spec().env());
    var _ = rollOut("base:2", Rollouts.OnFailure.STOP).orElseThrow();
    // And once more: the record of the successor knows as much as the first one did.
    var _ =
        lab.engine()
            .rollouts()
            .apply(
                lab.engine()
                    .rollouts()
                    .plan(new Rollouts.Rebase("base:2", "base:3", true, true, Plan.Options.SAFE))
                    .digest(),
                new Rollouts.Apply(
                    Optional.empty(), Rollouts.OnFailure.STOP, Optional.of(Duration.ZERO), false),
                progress::add);
    assertThat(find("web").spec().env()).startsWith("MINE=x").contains("VERSION=3", "PORT=80");
    assertThat(find("web").mounts()).isEqualTo(before.mounts());
  }

  @Test
  void whatIsNotMeantToRunForEverIsLeftAlone() throws Exception {
    run("plain", "app:1", Request.Overrides.NONE, spec(Restart.NO, false));
    run(
        "never",
        "app:1",
        asked(List.of(), Map.of(Recreation.LABEL, "false")),
        spec(Restart.ALWAYS, false));
    run("byid", image("app:1"));
    run(
        "other",
        "base:1",
        Request.Overrides.NONE.withCmd(List.of("sh", "-c", LOOP)),
        spec(Restart.ALWAYS, false));
    Container once =
        run(
            "once",
            "app:1",
            asked(List.of(), Map.of(Recreation.LABEL, "true")),
            spec(Restart.NO, true));
    run("still", "app:1");
    lab.engine().containers().pause(find("still").id());
    Container host = run("host", "app:1");
    ContainerSpec plain = spec(Restart.ALWAYS, false);
    run(
        "guest",
        "busybox:1",
        Request.Overrides.NONE.withCmd(List.of("sh", "-c", LOOP)),
        joining(plain, host));
    run("done", "app:1");
    lab.engine().containers().stop(find("done").id(), "", OptionalInt.empty());

    var _ = rollOut("base:2", Rollouts.OnFailure.STOP).orElseThrow();

    assertThat(told())
        .isEqualTo(
            Map.of(
                "plain", Recreating.KEPT,
                "never", Recreating.KEPT,
                "still", Recreating.KEPT,
                "host", Recreating.KEPT,
                "once", Recreating.RUNNING));
    assertThat(said("plain")).contains("no restart policy");
    assertThat(said("still")).contains("paused");
    assertThat(said("host")).contains("container guest lives in its namespaces");
    assertThat(lab.engine().containers().list()).hasSize(9);
    // It still goes at its end, with its volumes.
    Container now = find("once");
    assertThat(now.id()).isNotEqualTo(once.id());
    int volumes = volumes().size();
    var removed = lab.engine().containers().await(now.id(), WaitFor.REMOVED);
    lab.engine().containers().stop(now.id(), "", OptionalInt.empty());
    var _ = removed.get();
    assertThat(volumes()).hasSize(volumes - 1);
    lab.engine().containers().unpause(find("still").id());
  }

  @Test
  void oneThatIsIllIsPutBack() throws Exception {
    Container first = run("first", "checked:1");
    Container second = run("second", "checked:1");
    Container third = run("third", "app:1");
    String before = image("checked:1");

    assertThat(rollOut("base:2", Rollouts.OnFailure.STOP)).isPresent();
    assertThat(told())
        .isEqualTo(
            Map.of(
                "first", Recreating.FAILED,
                "second", Recreating.KEPT,
                "third", Recreating.KEPT));
    assertThat(said("first")).contains("unhealthy");
    assertThat(lab.engine().containers().list()).hasSize(3);
    runsAsBefore(first, second, third);
    assertThat(image("checked:1")).isNotEqualTo(before);
    lab.engine().rollouts().rollback(1, false);

    assertThat(rollOut("base:2", Rollouts.OnFailure.CONTINUE)).isPresent();
    assertThat(told())
        .isEqualTo(
            Map.of(
                "first", Recreating.FAILED,
                "second", Recreating.FAILED,
                "third", Recreating.RUNNING));
    runsAsBefore(first, second);
    assertThat(find("third").id()).isNotEqualTo(third.id());
    lab.engine().rollouts().rollback(2, false);

    // The healthy one is the older one this time, and goes back all the same.
    lab.engine().containers().remove(find("third").id(), "third", true, true);
    lab.engine().containers().remove(first.id(), "first", true, true);
    lab.engine().containers().remove(second.id(), "second", true, true);
    Container good = run("good", "app:1");
    Container bad = run("bad", "checked:1");
    assertThat(rollOut("base:2", Rollouts.OnFailure.ROLLBACK)).isEmpty();
    assertThat(told()).isEqualTo(Map.of("good", Recreating.FAILED, "bad", Recreating.FAILED));
    assertThat(said("good")).contains("another one failed");
    assertThat(lab.engine().containers().list()).hasSize(2);
    runsAsBefore(good, bad);
    assertThat(image("checked:1")).isEqualTo(before);
    assertThat(progress.getLast()).isEqualTo(new Progress.Done(Optional.empty(), 0, 0));

    assertThat(rollOut("base:3", Rollouts.OnFailure.ROLLBACK)).isPresent();
    assertThat(told()).isEqualTo(Map.of("good", Recreating.RUNNING, "bad", Recreating.HEALTHY));
    assertThat(lab.engine().containers().list()).hasSize(2);
  }

  private void runsAsBefore(Container... all) {
    for (Container c : all) {
      Container now = find(c.name());
      assertThat(now.id()).as(c.name()).isEqualTo(c.id());
      assertThat(now.state()).as(c.name()).isInstanceOf(State.Running.class);
      assertThat(now.spec()).as(c.name()).isEqualTo(c.spec());
    }
  }

  /// `graft.rollout.kills` says how often.
  @Test
  void aKilledEngineLeavesOneOfThem() throws Exception {
    int tries = Integer.getInteger("graft.rollout.kills", 2);
    MountRequest own = MountRequest.of(MountKind.VOLUME, "", "/own");
    run("web", "app:1", Request.Overrides.NONE, spec(Restart.ALWAYS, false, own));
    run(
        "once",
        "checked:1",
        asked(List.of(), Map.of(Recreation.LABEL, "true")),
        spec(Restart.NO, true));
    List<String> volumes = volumes();
    long seed = System.nanoTime();
    Random random = new Random(seed);
    int anew = 0;
    for (int i = 0; i < tries; i++) {
      String as = "seed " + seed + ", try " + i;
      Plan plan = plan("base:3");
      Map<String, Container> before = Map.of("web", find("web"), "once", find("once"));
      lab.engine().close();
      RolloutKillChild.Outcome outcome =
          RolloutKillChild.run(dir, plan.digest(), true, random.nextLong(LONGEST_MILLIS));
      lab.reopen();
      settled();
      assertThat(lab.engine().containers().list()).as(as).hasSize(2);
      for (Map.Entry<String, Container> one : before.entrySet()) {
        Container now = find(one.getKey());
        assertThat(now.state()).as(as).isInstanceOf(State.Running.class);
        assertThat(now.spec().autoRemove()).as(as).isEqualTo(one.getValue().spec().autoRemove());
        assertThat(now.mounts()).as(as).isEqualTo(one.getValue().mounts());
        boolean fresh = !now.id().equals(one.getValue().id());
        assertThat(fresh || !outcome.ended()).as(as).isTrue();
        anew += fresh ? 1 : 0;
      }
      assertThat(volumes()).as(as).isEqualTo(volumes);
      // The next plan makes other images, as it is made at another time.
      for (Generation one : lab.engine().rollouts().generations()) {
        if (!one.rolledBack()) {
          lab.engine().rollouts().rollback(one.generation(), false);
        }
      }
    }
    System.out.printf("%d of %d containers were made anew%n", anew, 2 * tries);
  }

  private void settled() throws Exception {
    for (int i = 0; i < 1200; i++) {
      if (lab.engine().containers().replacements().pending().isEmpty()) {
        return;
      }
      Thread.sleep(50);
    }
    throw new AssertionError(lab.engine().containers().replacements().pending().toString());
  }
}
