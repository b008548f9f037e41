package graft.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.error.GraftException;
import graft.event.Event;
import graft.event.Events;
import graft.oci.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Images that are tried before their names move, and what the failure of one means for the others.
@Tag("root")
class GateRootTest extends RolloutTree {
  @Test
  void whatFailsItsTestStaysWithAllThatStandsOnIt() throws Exception {
    tree();
    Map<String, String> before = names();
    String test = "! grep -q curl /var/lib/dpkg/status || { echo no curl please; exit 3; }";
    fails(plan("base:1", "base:2"), Rollouts.OnFailure.ROLLBACK, test);
    assertThat(names()).isEqualTo(before);
    assertThat(lab.engine().rollouts().generations()).isEmpty();
    int images = lab.engine().images().list().size();

    fails(plan("base:1", "base:2"), Rollouts.OnFailure.CONTINUE, test);
    assertThat(states())
        .containsEntry("merged:1", Progress.State.FAILED)
        .containsEntry("leaf:1", Progress.State.SKIPPED)
        .containsEntry("copied:1", Progress.State.READY)
        .containsEntry("again:1", Progress.State.READY);
    assertThat(progress)
        .anySatisfy(p ->
            assertThat(p)
                .isInstanceOfSatisfying(
                    Progress.OfImage.class,
                    i -> assertThat(i.message()).contains("ended with 3", "no curl please")));
    assertThat(names())
        .containsEntry("merged:1", before.get("merged:1"))
        .containsEntry("leaf:1", before.get("leaf:1"))
        .doesNotContainEntry("copied:1", before.get("copied:1"));
    // Two new ones; nothing is left of what failed.
    assertThat(lab.engine().images().list()).hasSize(images + 2);
    assertThat(lab.engine().containers().list()).isEmpty();
  }

  /// Ten images on the base, and four on each of these.
  ///
  /// @param tests of some
  private void fifty(Map<String, String> tests) throws Exception {
    for (int i = 0; i < 10; i++) {
      String name = "m" + i;
      var _ =
          commit(
              name + ":1",
              "base:1",
              Map.of("var/lib/dpkg/status", status("curl " + i, "libc 1", "libz 1")),
              label(tests, name));
      for (int k = 0; k < 4; k++) {
        String leaf = name + "-" + k;
        var _ =
            commit(leaf + ":1", name + ":1", Map.of("srv/" + k, "text " + i), label(tests, leaf));
      }
    }
  }

  private static Map<String, String> label(Map<String, String> tests, String name) {
    return tests.containsKey(name) ? Map.of(Work.TEST, tests.get(name)) : Map.of();
  }

  /// One in the middle, one leaf and one that is there to pass, among fifty.
  @Test
  void ofFiftySomeFail() throws Exception {
    fifty(
        Map.of(
            "m3", "echo no; exit 1",
            "m5", "grep -q curl /var/lib/dpkg/status",
            "m7-2", "test -e /nowhere"));
    Map<String, String> before = names();
    int images = lab.engine().images().list().size();

    assertThat(rolledOut(Rollouts.OnFailure.ROLLBACK)).isEmpty();
    assertThat(names()).isEqualTo(before);
    assertThat(lab.engine().images().list()).hasSize(images);

    Generation most = rolledOut(Rollouts.OnFailure.CONTINUE).orElseThrow();
    Map<String, Progress.State> states = states();
    assertThat(states).hasSize(50);
    assertThat(states.get("m3:1")).isEqualTo(Progress.State.FAILED);
    assertThat(states.get("m7-2:1")).isEqualTo(Progress.State.FAILED);
    for (int k = 0; k < 4; k++) {
      assertThat(states.get("m3-" + k + ":1")).isEqualTo(Progress.State.SKIPPED);
    }
    assertThat(most.names()).hasSize(44);
    assertThat(moved(before)).isEqualTo(ready(states)).hasSize(44);
    lab.engine().rollouts().rollback(most.generation(), false);
    assertThat(names()).isEqualTo(before);

    // Those of its level may have begun by then, and none of the next does.
    Optional<Generation> some = rolledOut(Rollouts.OnFailure.STOP);
    states = states();
    assertThat(states.get("m3:1")).isEqualTo(Progress.State.FAILED);
    assertThat(states).hasSize(50);
    assertThat(states.entrySet().stream().filter(e -> e.getKey().contains("-")))
        .hasSize(40)
        .allMatch(e -> e.getValue() == Progress.State.SKIPPED);
    assertThat(moved(before)).isEqualTo(ready(states));
    if (some.isPresent()) {
      lab.engine().rollouts().rollback(some.get().generation(), false);
    }
    assertThat(names()).isEqualTo(before);

    // Somebody moves one of the names meanwhile.
    Plan plan = plan("base:1", "base:2");
    assertThatThrownBy(() ->
            lab.engine()
                .rollouts()
                .apply(
                    plan.digest(),
                    new Rollouts.Apply(
                        Optional.empty(), Rollouts.OnFailure.CONTINUE, Optional.empty(), false),
                    p -> {
                      if (p instanceof Progress.OfImage i && i.names().contains("m9-3:1")) {
                        lab.engine().images().tag("base:2", Reference.parse("m0:1"));
                      }
                    }))
        .isInstanceOfSatisfying(
            GraftException.class,
            e -> assertThat(e.kind()).isEqualTo(GraftException.Kind.CONFLICT));
    assertThat(moved(before)).containsExactly("m0:1");
    assertThat(lab.engine().containers().list()).isEmpty();
  }

  @Test
  void aFewAreTriedAtATime() throws Exception {
    int many = Scratch.AT_ONCE + 4;
    for (int i = 0; i < many; i++) {
      var _ = commit("m" + i + ":1", "base:1", Map.of("srv/" + i, "text"));
    }
    Plan plan = plan("base:1", "base:2");
    List<Event> events = new ArrayList<>();
    try (Events.Subscription heard = lab.engine().events().subscribe(false)) {
      fails(plan, Rollouts.OnFailure.STOP, "true");
      for (Optional<Event> e = heard.next(0); e.isPresent(); e = heard.next(0)) {
        events.add(e.get());
      }
    }
    assertThat(states().values()).hasSize(many).containsOnly(Progress.State.READY);
    int going = 0;
    for (Event e : events) {
      going +=
          switch (e.action()) {
            case "create" -> e.type() == Event.Type.CONTAINER ? 1 : 0;
            case "destroy" -> e.type() == Event.Type.CONTAINER ? -1 : 0;
            default -> 0;
          };
      assertThat(going).isBetween(0, Scratch.AT_ONCE);
    }
    assertThat(events.stream().filter(e -> e.action().equals("destroy"))).hasSize(many);
  }

  private Optional<Generation> rolledOut(Rollouts.OnFailure what) throws Exception {
    progress.clear();
    return lab.engine()
        .rollouts()
        .apply(
            plan("base:1", "base:2").digest(),
            new Rollouts.Apply(Optional.empty(), what, Optional.empty(), false),
            progress::add);
  }

  private Set<String> moved(Map<String, String> before) {
    Map<String, String> now = names();
    return before.keySet().stream()
        .filter(n -> !Objects.equals(before.get(n), now.get(n)))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> ready(Map<String, Progress.State> states) {
    return states.keySet().stream()
        .filter(n -> states.get(n) == Progress.State.READY)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /// An image's own health check is what a re-run of it is tried by.
  @Test
  void whatIsBuiltAgainHasToBecomeHealthy() throws Exception {
    for (String version : List.of("1", "2")) {
      var _ =
          lab.build(
              "wants" + version + ":1",
              """
              FROM base:1
              RUN echo mine >> /etc/app.conf
              HEALTHCHECK --retries=1 CMD grep "version %s" /etc/app.conf || { echo ill; false; }
              CMD ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 0.1; done"]
              """
                  .formatted(version),
              Map.of());
    }
    var _ = lab.build("above:1", "FROM wants1:1\nCOPY a /srv/a\n", Map.of("a", "text"));
    var _ =
        lab.build(
            "ends:1",
            """
            FROM base:1
            RUN echo >> /etc/app.conf
            HEALTHCHECK --retries=1000 CMD false
            CMD true
            """,
            Map.of());
    Map<String, String> before = names();
    Plan plan = plan("base:1", "base:2");
    assertThat(plan.nodes()).allMatch(n -> n.test().orElse("").startsWith("HEALTHCHECK"));
    var _ = rolledOut(Rollouts.OnFailure.CONTINUE).orElseThrow();
    assertThat(states())
        .isEqualTo(
            Map.of(
                "wants1:1", Progress.State.FAILED,
                "wants2:1", Progress.State.READY,
                "above:1", Progress.State.SKIPPED,
                "ends:1", Progress.State.FAILED));
    assertThat(messages("wants1:1")).anyMatch(m -> m.contains("unhealthy") && m.contains("ill"));
    assertThat(messages("wants2:1")).anyMatch(m -> m.startsWith("HEALTHCHECK grep"));
    assertThat(messages("ends:1"))
        .as(() -> messages("ends:1").toString())
        .anyMatch(m -> m.contains("ended before it was healthy"));
    assertThat(moved(before)).containsExactly("wants2:1");
    assertThat(lab.engine().containers().list()).isEmpty();
  }

  private List<String> messages(String name) {
    return progress.stream()
        .filter(p -> p instanceof Progress.OfImage i && i.names().contains(name))
        .map(p -> ((Progress.OfImage) p).message())
        .toList();
  }

  /// G6 and G9: measured, and not judged.
  @Test
  void fiftyFollow() throws Exception {
    fifty(Map.of());
    var _ = plan("base:1", "base:2");
    long start = System.nanoTime();
    Plan plan = plan("base:1", "base:2");
    long planned = System.nanoTime();
    Map<String, String> before = names();
    Generation generation = apply(plan).orElseThrow();
    long applied = System.nanoTime();
    assertThat(generation.names()).hasSize(50);
    assertThat(names().keySet()).isEqualTo(before.keySet());
    long back = System.nanoTime();
    lab.engine().rollouts().rollback(generation.generation(), false);
    long done = System.nanoTime();
    assertThat(names()).isEqualTo(before);
    assertThat(plan.nodes()).allMatch(n -> n.written() < 64 << 10);
    System.out.printf(
        "50 dependents: planned in %d ms, applied in %d ms, rolled back in %d ms; %d bytes"
            + " written at most for one%n",
        (planned - start) / 1_000_000,
        (applied - planned) / 1_000_000,
        (done - back) / 1_000_000,
        plan.nodes().stream().mapToLong(Plan.Node::written).max().orElse(0));
  }
}
