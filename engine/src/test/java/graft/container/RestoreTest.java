package graft.container;

import static org.assertj.core.api.Assertions.assertThat;

import graft.oci.Digest;
import graft.runtime.Runtime.Exit;
import graft.runtime.Runtime.Status;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RestoreTest {
  private static final Instant T0 = Instant.parse("2026-01-01T00:00:00Z");
  private static final Instant T1 = T0.plusSeconds(60);
  private static final State CREATED = new State.Created(0, "");
  private static final State RUNNING = new State.Running(7, T0, Optional.empty());
  private static final State PAUSED = new State.Paused(new State.Running(7, T0, Optional.empty()));
  private static final State EXITED = new State.Exited(T0, new Exit(0, T0, false), "");
  private static final State RESTARTING = new State.Restarting(T0, new Exit(1, T0, false));
  private static final State REMOVING = new State.Removing();

  private static final Status UNKNOWN = new Status.Unknown();
  private static final Status SET_UP = new Status.Created(9);
  private static final Status HALF_MADE = new Status.HalfMade();
  private static final Status RUNS = new Status.Running(9);
  private static final Status FROZEN = new Status.Paused(9);
  private static final Status ENDED_LATER = new Status.Stopped(new Exit(5, T1, false));
  private static final Status ENDED_THEN = new Status.Stopped(new Exit(0, T0, false));

  static Stream<Arguments> table() {
    return Stream.of(
        Arguments.of(CREATED, UNKNOWN, "Keep"),
        Arguments.of(CREATED, SET_UP, "Undo"),
        Arguments.of(CREATED, HALF_MADE, "Undo"),
        Arguments.of(EXITED, HALF_MADE, "Undo"),
        Arguments.of(RESTARTING, HALF_MADE, "Undo"),
        Arguments.of(RUNNING, HALF_MADE, "Ended 255"),
        Arguments.of(REMOVING, HALF_MADE, "Remove"),
        Arguments.of(CREATED, RUNS, "Adopt running"),
        Arguments.of(CREATED, ENDED_LATER, "Ended 5"),
        Arguments.of(RUNNING, RUNS, "Adopt running"),
        Arguments.of(RUNNING, FROZEN, "Adopt paused"),
        Arguments.of(RUNNING, ENDED_LATER, "Ended 5"),
        Arguments.of(RUNNING, UNKNOWN, "Ended 255"),
        Arguments.of(RUNNING, SET_UP, "Ended 255"),
        Arguments.of(PAUSED, RUNS, "Adopt running"),
        Arguments.of(PAUSED, FROZEN, "Adopt paused"),
        Arguments.of(PAUSED, ENDED_LATER, "Ended 5"),
        Arguments.of(EXITED, UNKNOWN, "Keep"),
        Arguments.of(EXITED, ENDED_THEN, "Keep"),
        Arguments.of(EXITED, ENDED_LATER, "Ended 5"),
        Arguments.of(EXITED, RUNS, "Adopt running"),
        Arguments.of(EXITED, SET_UP, "Undo"),
        Arguments.of(RESTARTING, ENDED_THEN, "Keep"),
        Arguments.of(RESTARTING, RUNS, "Adopt running"),
        Arguments.of(REMOVING, UNKNOWN, "Remove"),
        Arguments.of(REMOVING, RUNS, "Remove"));
  }

  @ParameterizedTest
  @MethodSource("table")
  void recordedAndObserved(State recorded, Status observed, String decision) {
    Container c = container(recorded);
    assertThat(text(Restore.decide(c, observed))).isEqualTo(decision);
  }

  private static Container container(State state) {
    return new Container(
        "a".repeat(64),
        "n",
        T0,
        Digest.of(new byte[0]),
        "i",
        List.of(),
        ContainerSpec.DEFAULT,
        List.of(),
        state,
        0,
        false,
        List.of(),
        Optional.empty(),
        Optional.empty());
  }

  private static String text(Restore.Decision decision) {
    return switch (decision) {
      case Restore.Keep _ -> "Keep";
      case Restore.Undo _ -> "Undo";
      case Restore.Remove _ -> "Remove";
      case Restore.Adopt a -> "Adopt " + a.state().word();
      case Restore.Ended e -> "Ended " + e.exit().code();
    };
  }

  /// One that an earlier Graft has written says neither what was asked for nor what it is tried in
  /// the place of.
  @Test
  void aRecordOfAnEarlierGraft() {
    Container c = container(new State.Created(0, ""));
    String now = Records.print(c);
    String before = now.replaceAll(",\"asked\":.*\\}", "}");
    assertThat(before).isNotEqualTo(now).doesNotContain("instead");
    assertThat(Records.parse(c.id(), before)).isEqualTo(c);
  }
}
