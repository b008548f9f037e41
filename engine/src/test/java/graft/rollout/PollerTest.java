package graft.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.content.FileContentStore;
import graft.db.Db;
import graft.event.Event;
import graft.event.Events;
import graft.images.Images;
import graft.layer.Limits;
import graft.registry.Registries;
import graft.registry.RegistryOptions;
import graft.snapshot.DirLayerStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What is kept of asking, while the database is slow or cannot write. Nothing here has an image,
/// so each name is in trouble without a registry.
@Timeout(180)
final class PollerTest {
  private static final String NAME = "registry.invalid/base:1";
  private static final String OTHER = "registry.invalid/base:2";
  private static final Instant LONG_AGO = Instant.parse("2020-01-01T00:00:00Z");

  @TempDir Path dir;
  private Db db;
  private Events events;
  private Poller poller;

  /// Another writer of the same file.
  private Connection rival;

  @BeforeEach
  void open() throws Exception {
    db = Db.open(dir.resolve("db"));
    rival = DriverManager.getConnection("jdbc:sqlite:" + dir.resolve("db"));
    events = new Events();
    poller = poller();
    for (String name : List.of(NAME, OTHER)) {
      poller.begun(
          Poll.never(name)
              .with(Optional.of(Duration.ofHours(6)), Optional.empty(), Optional.of(LONG_AGO)));
    }
  }

  private Poller poller() throws Exception {
    Path layers = Files.createDirectories(dir.resolve("layers"));
    Images images =
        new Images(
            FileContentStore.open(dir.resolve("content")),
            DirLayerStore.open(layers, Limits.DEFAULT),
            db,
            events,
            _ -> List.of(),
            List::of);
    return new Poller(db, events, images, new Registries(RegistryOptions.defaults()));
  }

  @AfterEach
  void close() throws Exception {
    rival.close();
    db.close();
  }

  private void rival(String sql) throws Exception {
    try (Statement statement = rival.createStatement()) {
      statement.execute(sql);
    }
  }

  @Test
  void whoWantsToKnowDoesNotWaitForTheDisk() throws Exception {
    Poll before = poller.of(NAME);
    Poll after = before.with(Optional.empty(), Optional.empty(), Optional.empty());
    rival("BEGIN IMMEDIATE");
    FutureTask<Boolean> writing = new FutureTask<>(() -> poller.begun(after), true);
    Thread writer = Thread.ofPlatform().start(writing);
    while (Arrays.stream(writer.getStackTrace())
        .noneMatch(frame -> frame.getClassName().equals(Db.class.getName()))) {
      Thread.onSpinWait();
    }
    assertThat(poller.of(NAME)).isEqualTo(before);
    assertThat(writing.isDone()).isFalse();
    rival("COMMIT");
    assertThat(writing.get()).isTrue();
    assertThat(poller.of(NAME)).isEqualTo(after);
    assertThat(poller().of(NAME)).isEqualTo(after);
  }

  /// The full disk is played by a trigger, which says what SQLite says of one.
  @Test
  void anAnswerThatCannotBeKeptIsAskedForAgain() throws Exception {
    Poll before = poller.of(NAME);
    rival(
        "CREATE TRIGGER full BEFORE INSERT ON record WHEN NEW.id = '"
            + NAME
            + "' BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END");
    Instant now = Instant.now();
    try (Events.Subscription heard = events.subscribe(false)) {
      assertThatThrownBy(() -> poller.round(now))
          .hasMessageContaining("no space left on device")
          .hasMessageContaining("make room");
      assertThat(poller.of(NAME)).isEqualTo(before);
      assertThat(poller.of(NAME).due(now)).isTrue();
      assertThat(poller.of(OTHER).trouble()).contains("no image has the name " + OTHER);
      assertThat(heard.next(10_000)).get().extracting(Event::id).isEqualTo(OTHER);
      rival("DROP TRIGGER full");
      poller.round(now);
      assertThat(poller.of(NAME).trouble()).contains("no image has the name " + NAME);
      assertThat(heard.next(10_000)).get().extracting(Event::id).isEqualTo(NAME);
    }
    assertThat(poller().of(NAME)).isEqualTo(poller.of(NAME));
  }

  @Test
  void whatCannotBeForgottenStays() throws Exception {
    Poll before = poller.of(NAME);
    rival(
        "CREATE TRIGGER full BEFORE DELETE ON record"
            + " BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END");
    assertThatThrownBy(() -> poller.remove(NAME)).hasMessageContaining("no space left on device");
    assertThat(poller.of(NAME)).isEqualTo(before);
    rival("DROP TRIGGER full");
    poller.remove(NAME);
    assertThat(poller.of(NAME)).isEqualTo(Poll.never(NAME));
    assertThat(poller().of(NAME)).isEqualTo(Poll.never(NAME));
  }
}
