package graft.container;

import static org.assertj.core.api.Assertions.assertThat;

import graft.db.Db;
import graft.oci.Digest;
import graft.oci.ImageConfig.Healthcheck;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.SynchronousQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The prober is the test: it says what each probe finds, and when.
class HealthsTest {
  private static final String ID = "0123456789abcdef".repeat(4);

  @TempDir Path dir;
  private Db db;
  private Healths healths;
  private final SynchronousQueue<Integer> codes = new SynchronousQueue<>();
  private final BlockingQueue<String> told = new LinkedBlockingQueue<>();

  @BeforeEach
  void open() throws Exception {
    db = Db.open(dir.resolve("db"));
    healths = healths();
  }

  @AfterEach
  void close() throws Exception {
    healths.close();
    db.close();
  }

  private Healths healths() {
    return new Healths(
        db,
        (_, _) -> {
          int code = codes.take();
          return new Health.Probe(Instant.now(), Instant.now(), code, "said");
        },
        (_, action, _) -> told.add(action));
  }

  private static Container container(State state, String... test) {
    ContainerSpec d = ContainerSpec.DEFAULT;
    Healthcheck check =
        new Healthcheck(
            List.of(test), Duration.ofMillis(1), Duration.ZERO, Duration.ZERO, Duration.ZERO, 2);
    ContainerSpec spec =
        new ContainerSpec(
            d.run(),
            List.of(),
            List.of(),
            List.of(),
            d.modes(),
            d.net(),
            List.of(),
            java.util.Set.of(),
            java.util.Set.of(),
            java.util.Map.of(),
            d.restart(),
            false,
            d.log(),
            "",
            OptionalInt.empty(),
            Optional.of(check),
            List.of(),
            List.of(),
            "");
    return new Container(
        ID,
        "c",
        Instant.now(),
        Digest.of(new byte[] {1}),
        "i",
        List.of(),
        spec,
        List.of(),
        state,
        0,
        false,
        List.of(),
        Optional.empty(),
        Optional.empty());
  }

  private static Container running(String... test) {
    return container(new State.Running(1, Instant.now(), Optional.empty()), test);
  }

  private String word() {
    Health h = healths.of(ID).orElseThrow();
    return h.status() + " " + h.failingStreak();
  }

  @Test
  void tellsWhatChangesAndOnlyThat() throws Exception {
    assertThat(healths.of(ID)).isEmpty();
    healths.started(running("CMD", "x"));
    assertThat(word()).isEqualTo("STARTING 0");
    for (int code : new int[] {0, 0, 1, 1, 1, 0, 0}) {
      codes.put(code);
    }
    assertThat(told.take()).isEqualTo("health_status: healthy");
    assertThat(told.take()).isEqualTo("health_status: unhealthy");
    assertThat(told.take()).isEqualTo("health_status: healthy");
    healths.halting(ID);
    assertThat(word()).isEqualTo("HEALTHY 0");
    healths.halted(ID);
    assertThat(told).isEmpty();
    assertThat(healths.of(ID).orElseThrow().status()).isEqualTo(Health.Status.UNHEALTHY);
  }

  @Test
  void aNewEngineGoesOnWithWhatWasSeen() throws Exception {
    healths.started(running("CMD", "x"));
    codes.put(0);
    codes.put(1);
    codes.put(0); // taken only after the one before was recorded
    told.take();
    healths.close();
    Health before = healths.of(ID).orElseThrow();
    healths = healths();
    assertThat(healths.of(ID)).contains(before);
    healths.resumed(running("CMD", "x"));
    codes.put(1);
    codes.put(1);
    assertThat(told.take()).isEqualTo("health_status: unhealthy");
    healths.started(running("CMD", "x"));
    assertThat(word()).isEqualTo("STARTING 0");
    healths.forget(ID);
    assertThat(healths.of(ID)).isEmpty();
    assertThat(db.all("health")).isEmpty();
  }

  @Test
  void nothingIsKnownOfOneWithoutACheck() {
    healths.started(running("NONE"));
    healths.halted(ID);
    assertThat(healths.of(ID)).isEmpty();
    assertThat(db.all("health")).isEmpty();
  }
}
