package graft.pins;

import static org.assertj.core.api.Assertions.assertThat;

import graft.db.Db;
import graft.pins.Pins.Kind;
import graft.pins.Pins.Pin;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PinsTest {
  @TempDir Path dir;

  @Test
  void pinsOutliveTheEngineAndNotTheirThings() throws Exception {
    try (Db db = Db.open(dir.resolve("db"))) {
      Pins pins = new Pins(db);
      Pin volume = new Pin(Kind.VOLUME, "data");
      Pin container = new Pin(Kind.CONTAINER, "data");
      assertThat(pins.pin(volume)).isTrue();
      assertThat(pins.pin(volume)).isFalse();
      assertThat(pins.pin(container)).isTrue();
      assertThat(pins.has(Kind.IMAGE, "data")).isFalse();
      Pins next = new Pins(db);
      assertThat(next.all())
          .containsEntry(Kind.VOLUME, Set.of("data"))
          .containsEntry(Kind.CONTAINER, Set.of("data"))
          .containsEntry(Kind.IMAGE, Set.of());
      next.keepOnly(Set.of(container));
      assertThat(next.has(Kind.VOLUME, "data")).isFalse();
      assertThat(next.has(Kind.CONTAINER, "data")).isTrue();
      assertThat(next.unpin(container)).isTrue();
      assertThat(next.unpin(container)).isFalse();
      assertThat(new Pins(db).has(Kind.CONTAINER, "data")).isFalse();
    }
  }
}
