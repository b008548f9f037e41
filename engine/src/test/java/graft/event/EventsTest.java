package graft.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class EventsTest {
  private final Events events = new Events();

  private void publish(int n) {
    events.publish(Event.Type.CONTAINER, "start", Integer.toString(n), Map.of());
  }

  @Test
  void aListenerHearsThePastOnceAndThenTheNew() throws InterruptedException {
    publish(1);
    try (Events.Subscription s = events.subscribe(true)) {
      publish(2);
      assertThat(s.past()).extracting(Event::id).containsExactly("1");
      assertThat(s.next(1000)).map(Event::id).contains("2");
      assertThat(s.next(0)).isEmpty();
    }
  }

  @Test
  void onlyTheLast256AreRemembered() {
    for (int i = 0; i < 300; i++) {
      publish(i);
    }
    try (Events.Subscription s = events.subscribe(true)) {
      assertThat(s.past()).hasSize(256);
      assertThat(s.past().getFirst().id()).isEqualTo("44");
    }
  }

  @Test
  void aListenerThatSleepsIsCutOffAndNobodyWaitsForIt() throws InterruptedException {
    try (Events.Subscription s = events.subscribe(false)) {
      for (int i = 0; i < 10_001; i++) {
        publish(i);
      }
      for (int i = 0; i < 10_000; i++) {
        assertThat(s.next(0)).isPresent();
      }
      assertThatThrownBy(() -> s.next(0)).isInstanceOf(IllegalStateException.class);
    }
  }
}
