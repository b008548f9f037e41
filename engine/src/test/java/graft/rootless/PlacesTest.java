package graft.rootless;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlacesTest {
  private static final Path USUAL = Path.of("/run/user/7");

  @TempDir Path directory;

  @Test
  void rootHasTheSystemsDirectories() {
    assertThat(Places.of(0, Map.of("HOME", "/root", "XDG_DATA_HOME", "/x"), _ -> USUAL))
        .isEqualTo(Places.ROOT);
  }

  @Test
  void aUserHasTheirOwn() {
    assertThat(Places.of(7, Map.of("HOME", "/home/u"), _ -> USUAL))
        .isEqualTo(
            new Places(
                Path.of("/home/u/.local/share/graft"),
                Path.of("/run/user/7/graft"),
                Path.of("/run/user/7/graft.sock"),
                Path.of("/home/u/.config/graft")));
  }

  @Test
  void theEnvironmentMovesThem() throws Exception {
    long me = ((Integer) Files.getAttribute(directory, "unix:uid")) & 0xffffffffL;
    Map<String, String> environment =
        Map.of(
            "HOME",
            "/home/u",
            "XDG_DATA_HOME",
            "/data",
            "XDG_CONFIG_HOME",
            "relative",
            "XDG_RUNTIME_DIR",
            directory.toString());
    // Root's answer is fixed, so the test lies about who it is where it runs as root.
    Places places = Places.of(me == 0 ? 7 : me, environment, _ -> USUAL);
    assertThat(places.data()).isEqualTo(Path.of("/data/graft"));
    assertThat(places.config()).isEqualTo(Path.of("/home/u/.config/graft"));
    // A runtime directory of another user is passed over.
    assertThat(places.run()).isEqualTo((me == 0 ? USUAL : directory).resolve("graft"));
  }
}
