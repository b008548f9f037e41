package graft.disk;

import static org.assertj.core.api.Assertions.assertThat;

import graft.disk.PrunePlan.ContainerFact;
import graft.disk.PrunePlan.Facts;
import graft.disk.PrunePlan.ImageFact;
import graft.disk.PrunePlan.Item;
import graft.disk.PrunePlan.VolumeFact;
import graft.disk.PrunePlan.Wishes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrunePlanTest {
  private static final Wishes LEAST = new Wishes(false, false, false);
  private static final Wishes MOST = new Wishes(true, true, true);

  private final List<ContainerFact> containers = new ArrayList<>();
  private final List<ImageFact> images = new ArrayList<>();
  private final List<VolumeFact> volumes = new ArrayList<>();

  private void container(String name, String state, boolean pinned, String image, String volume) {
    Set<String> layers = new HashSet<>();
    images.stream()
        .filter(i -> i.id().equals(image))
        .forEach(i -> layers.addAll(i.layers().keySet()));
    boolean idle = state.equals("exited") || state.equals("created");
    containers.add(
        new ContainerFact(
            name, name, state, idle, pinned, 7, Set.of(image), layers, Set.of(volume)));
  }

  /// @param layers letters; the layer `c` has 3 bytes
  private void image(String id, boolean named, boolean pinned, String parent, String layers) {
    Map<String, Long> bytes = new HashMap<>();
    for (String l : layers.split("")) {
      bytes.put(l, (long) (l.charAt(0) - 'a' + 1));
    }
    images.add(
        new ImageFact(id, id, named, pinned, Optional.of(parent).filter(p -> !p.isEmpty()), bytes));
  }

  private void volume(String name, boolean anonymous, boolean pinned, boolean elsewhere) {
    volumes.add(new VolumeFact(name, anonymous, pinned, elsewhere, false, 9, "t"));
  }

  private Item of(Wishes wishes, String name) {
    return PrunePlan.of(wishes, new Facts(containers, images, volumes)).stream()
        .filter(i -> i.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({
    "exited, false, true, it has exited",
    "created, false, true, it was never started",
    "running, false, false, it is running",
    "paused, false, false, it is paused",
    "restarting, false, false, it is restarting",
    "exited, true, false, it is pinned"
  })
  void containersGoWhenNothingOfThemRuns(String state, boolean pinned, boolean goes, String why) {
    container("c", state, pinned, "i", "v");
    assertThat(of(LEAST, "c"))
        .isEqualTo(new Item(PrunePlan.Kind.CONTAINER, "c", "c", 7, goes, why));
  }

  @ParameterizedTest
  @CsvSource({
    "false, false, true, it has no name",
    "true, false, false, it has a name (--all takes those too)",
    "false, true, false, it is pinned",
  })
  void onlyImagesWithoutNameGo(boolean named, boolean pinned, boolean goes, String why) {
    image("i", named, pinned, "", "a");
    assertThat(of(LEAST, "i").goes()).isEqualTo(goes);
    assertThat(of(LEAST, "i").why()).isEqualTo(why);
  }

  @Test
  void anImageIsFreeOnceItsContainersAreGone() {
    image("i", true, false, "", "a");
    image("j", true, false, "", "b");
    container("dead", "exited", false, "i", "v");
    container("alive", "running", false, "j", "v");
    assertThat(of(MOST, "i").why()).isEqualTo("no container uses it");
    assertThat(of(MOST, "j").why()).isEqualTo("container alive uses it");
  }

  @Test
  void whoStaysKeepsItsParents() {
    image("base", false, false, "", "a");
    image("mid", false, false, "base", "ab");
    image("top", true, false, "mid", "abc");
    assertThat(of(LEAST, "mid").why()).isEqualTo("image top was made from it");
    assertThat(of(LEAST, "base").why()).isEqualTo("image mid was made from it");
    List<Item> all = PrunePlan.of(MOST, new Facts(containers, images, volumes));
    assertThat(all).extracting(Item::name).containsExactly("top", "mid", "base");
    assertThat(all).allMatch(Item::goes);
    // Each layer is counted once, with the first that has it.
    assertThat(all).extracting(Item::bytes).containsExactly(6L, 0L, 0L);
  }

  @Test
  void aSharedLayerIsNotFreed() {
    image("goes", false, false, "", "ab");
    image("stays", true, false, "", "a");
    assertThat(of(LEAST, "goes").bytes()).isEqualTo(2);
    container("c", "running", false, "gone", "v");
    containers.set(
        0,
        new ContainerFact(
            "c", "c", "running", false, false, 0, Set.of("gone"), Set.of("b"), Set.of()));
    assertThat(of(LEAST, "goes").bytes()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "false, false, true, false, false, volumes were not asked for (--volumes)",
    "true, false, true, false, false, ''",
    "true, false, false, false, false, it has a name (--all-volumes takes those too)",
    "true, true, false, false, false, ''",
    "true, true, false, true, false, it is pinned",
    "true, true, false, false, true, its files are elsewhere; remove it by name"
  })
  void volumesGoOnlyWhenAskedFor(
      boolean some, boolean all, boolean anonymous, boolean pinned, boolean elsewhere, String why) {
    volume("v", anonymous, pinned, elsewhere);
    Item item = of(new Wishes(false, some, all), "v");
    assertThat(item.goes()).isEqualTo(why.isEmpty());
    assertThat(item.why()).isEqualTo(why.isEmpty() ? "no container uses it" : why);
  }

  @Test
  void aVolumeOfAContainerThatStaysStays() {
    volume("v", false, false, false);
    container("c", "exited", true, "i", "v");
    assertThat(of(MOST, "v").why()).isEqualTo("container c uses it");
    containers.clear();
    container("c", "exited", false, "i", "v");
    assertThat(of(MOST, "v").goes()).isTrue();
  }
}
