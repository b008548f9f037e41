package graft.rollout;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.error.GraftException;
import graft.facts.Entry;
import graft.facts.LayerFacts;
import graft.image.Edits;
import graft.image.Image;
import graft.images.ImageRecord;
import graft.inventory.Bytes;
import graft.inventory.Evidence;
import graft.inventory.PackageFiles;
import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.oci.ImageConfig.History;
import graft.oci.MediaTypes;
import graft.oci.Platform;
import graft.oci.Reference;
import graft.recipe.Recipe;
import graft.rollout.Plan.Verdict;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Images of layers that are said in words, `path=text`, and what becomes of them when their base
/// is another one. Nothing is on a disk.
class WorkTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
  private static final String RELEASE = "etc/os-release=ID=debian\nVERSION_ID=\"12\"\n";
  private static final String STATUS = "var/lib/dpkg/status=";

  private final Synthetic images = new Synthetic();

  WorkTest() {
    images.image("old", "", List.of(RELEASE, STATUS + status("libz 1"), "etc/app.conf=one"));
    images.image("new", "", List.of(RELEASE, STATUS + status("libz 2"), "etc/app.conf=two"));
  }

  private static String status(String... packages) {
    StringBuilder all = new StringBuilder();
    for (String one : packages) {
      String[] words = one.split(" ");
      all.append("Package: ")
          .append(words[0])
          .append("\nStatus: install ok installed\nArchitecture: amd64\nVersion: ")
          .append(words[1])
          .append("\n\n");
    }
    return all.toString();
  }

  private Work work() throws IOException {
    return work(Plan.Options.SAFE);
  }

  private Work work(Plan.Options options) throws IOException {
    Work work = new Work(images, NOW, options);
    work.becomes(images.id("old"), work.here(images.id("new")));
    return work;
  }

  static Stream<Arguments> verdicts() {
    return Stream.of(
        Arguments.of("nothing in common", List.of("srv/a=x"), "checked distro-stable []"),
        Arguments.of(
            "packages of both",
            List.of(STATUS + status("curl 7", "libz 1")),
            "merge distro-stable [var/lib/dpkg/status]"),
        Arguments.of("a file of both", List.of("etc/app.conf=mine"), "refuse none []"),
        Arguments.of("the same package", List.of(STATUS + status("libz 3")), "refuse none []"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("verdicts")
  void aVerdictForEachImage(String name, List<String> own, String expected) throws Exception {
    images.image("child", "old", own);
    Plan.Node node = work().judge(images.id("child"), images.id("old"), 1).node();
    assertThat(node.verdict().word() + " " + node.trust().word() + " " + node.merged())
        .isEqualTo(expected);
    if (node.verdict() == Verdict.REFUSE) {
      assertThat(node.reasons()).isNotEmpty();
      assertThat(node.unblock().orElseThrow())
          .contains("nothing is recorded of how the image was made");
    }
  }

  @Test
  void byForceItIsSaidInTheImage() throws Exception {
    images.image("child", "old", List.of("etc/app.conf=mine"));
    Judged judged =
        work(new Plan.Options(false, true)).judge(images.id("child"), images.id("old"), 1);
    assertThat(judged.node().verdict().swaps()).isTrue();
    assertThat(judged.node().trust()).isEqualTo(Plan.Vouched.UNKNOWN);
    assertThat(judged.outcome().orElseThrow().image().config().config().labels())
        .hasEntrySatisfying(Work.FORCED, why -> assertThat(why).contains("/etc/app.conf"));
  }

  @Test
  void whatStandsOnAMergedImageIsJudgedByTheMerge() throws Exception {
    images.image("child", "old", List.of(STATUS + status("curl 7", "libz 1")));
    images.image("leaf", "child", List.of(STATUS + status("curl 7", "libz 1", "wget 1")));
    Work work = work();
    var _ = work.judge(images.id("child"), images.id("old"), 1);
    Judged leaf = work.judge(images.id("leaf"), images.id("child"), 2);
    assertThat(leaf.node().verdict()).isEqualTo(Verdict.MERGE);
    Made made = leaf.outcome().orElseThrow();
    assertThat(new String(made.patch().orElseThrow().tar(), StandardCharsets.UTF_8))
        .contains(status("curl 7", "libz 2", "wget 1"));
    assertThat(made.image().config().diffIds())
        .isEqualTo(made.layers().stream().map(LayerFacts::diffId).toList())
        .hasSize(5);
    assertThat(made.image().manifest().annotations().values())
        .contains(
            work.outcome(images.id("child"))
                .orElseThrow()
                .image()
                .manifest()
                .raw()
                .digest()
                .toString());
  }

  @Test
  void whoseBaseStaysStays() throws Exception {
    images.image("child", "old", List.of("etc/app.conf=mine"));
    images.image("leaf", "child", List.of("srv/a=x"));
    Work work = work();
    var _ = work.judge(images.id("child"), images.id("old"), 1);
    Plan.Node leaf = work.judge(images.id("leaf"), images.id("child"), 2).node();
    assertThat(leaf.verdict()).isEqualTo(Verdict.REFUSE);
    assertThat(leaf.reasons().getFirst().text()).contains("child:latest stays");
  }

  @Test
  void basesAreComparedOnceForAllThatStandOnThem() throws Exception {
    List<Planner.Moving> moving = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      images.image("c" + i, "old", List.of(STATUS + status("curl " + i, "libz 1")));
      moving.add(new Planner.Moving(images.id("c" + i), images.id("old"), 1));
    }
    Work work = work();
    images.asked.clear();
    List<Plan.Node> nodes = Planner.judge(work, moving);
    assertThat(nodes).hasSize(50).allMatch(n -> n.verdict() == Verdict.MERGE);
    assertThat(images.asked.get(images.record(images.id("old")).diffIds())).isEqualTo(1);
  }

  private Plan plan(Plan.Node node) {
    return PlanJson.plan(
        NOW,
        Plan.Kind.REBASE,
        "x",
        Optional.empty(),
        Plan.Options.SAFE,
        List.of(
            new Plan.Parent(
                List.of(),
                images.id("old"),
                Plan.How.GIVEN,
                Optional.empty(),
                "",
                Optional.of(images.id("new")))),
        List.of(node));
  }

  /// Files outlive builds: a plan without a field that came later, with one that is none any more,
  /// and one that lacks what this build cannot do without.
  @Test
  void plansOfOtherBuildsAreReadOrSaidToBeTheirs(@TempDir Path dir) throws Exception {
    images.image("child", "old", List.of("srv/a=x"));
    Plan plan = plan(work().judge(images.id("child"), images.id("old"), 1).node());
    ObjectNode earlier = PlanJson.tree(plan);
    node(earlier).remove("generated");
    node(earlier).put("colour", "green");
    ObjectNode foreign = PlanJson.tree(plan);
    node(foreign).remove("level");
    ObjectNode damaged = PlanJson.tree(plan);
    damaged.put("what", "y");
    PlanStore store = PlanStore.open(dir);
    store.put(plan);
    for (ObjectNode other : List.of(renamed(earlier), renamed(foreign))) {
      Files.write(
          dir.resolve(Digest.parse(other.get("digest").asText()).hex()), PlanJson.bytes(other));
    }
    Files.write(dir.resolve("0".repeat(64)), PlanJson.bytes(damaged));

    Map<Digest, StoredPlan> all = new HashMap<>();
    store.list().forEach(p -> all.put(p.digest(), p));
    assertThat(all).hasSize(4).containsValue(new StoredPlan.Readable(plan));
    Digest name = Digest.parse(earlier.get("digest").asText());
    assertThat(all.get(name))
        .isInstanceOfSatisfying(
            StoredPlan.Readable.class,
            r -> {
              assertThat(r.plan().nodes()).isEqualTo(plan.nodes());
              assertThat(r.plan().digest()).isEqualTo(name).isNotEqualTo(plan.digest());
            });
    Digest theirs = Digest.parse(foreign.get("digest").asText());
    assertThat(all.get(theirs))
        .isInstanceOfSatisfying(
            StoredPlan.Unreadable.class,
            u ->
                assertThat(u.why())
                    .contains("made by another build of Graft", "make it again", "level"));
    assertThatThrownBy(() -> store.get(theirs)).hasMessageContaining("another build of Graft");
    assertThat(all.get(Digest.parse("sha256:" + "0".repeat(64))))
        .isInstanceOfSatisfying(
            StoredPlan.Unreadable.class,
            u -> assertThat(u.why()).contains("changed since it was made"));

    // As a file it goes round as it is: written anew, it would be another.
    store.remove(name);
    store.put(PlanJson.plan(PlanJson.bytes(earlier)), earlier);
    assertThat(store.file(name)).hasToString(earlier.toString());
    assertThat(store.get(name).nodes()).isEqualTo(plan.nodes());
    // Another order is no change.
    ObjectNode turned = PlanJson.tree(plan);
    turned.set("what", turned.remove("what"));
    assertThat(PlanJson.plan(turned)).isEqualTo(plan);
  }

  private static ObjectNode node(ObjectNode plan) {
    return (ObjectNode) plan.get("nodes").get(0);
  }

  private static ObjectNode renamed(ObjectNode plan) {
    plan.remove("digest");
    plan.put("digest", Digest.of(PlanJson.bytes(plan)).toString());
    return plan;
  }

  @Test
  void plansAreCheckedWhenTheyAreRead() throws Exception {
    images.image("child", "old", List.of("srv/a=x"));
    Plan.Node node = work().judge(images.id("child"), images.id("old"), 1).node();
    Plan plan = plan(node);
    assertThat(PlanJson.plan(PlanJson.bytes(plan))).isEqualTo(plan);
    Plan orphan =
        PlanJson.plan(
            NOW,
            Plan.Kind.REBASE,
            "x",
            Optional.empty(),
            Plan.Options.SAFE,
            List.of(),
            List.of(node));
    for (byte[] bad :
        List.of(
            PlanJson.bytes(orphan),
            "{}".getBytes(StandardCharsets.UTF_8),
            "[".getBytes(StandardCharsets.UTF_8),
            new String(PlanJson.bytes(plan), StandardCharsets.UTF_8)
                .replace("rebase", "fix")
                .getBytes(StandardCharsets.UTF_8))) {
      assertThatThrownBy(() -> PlanJson.plan(bad))
          .isInstanceOfSatisfying(
              GraftException.class,
              e -> assertThat(e.kind()).isEqualTo(GraftException.Kind.INVALID));
    }
  }

  /// Images that are nowhere.
  private static final class Synthetic implements Material {
    private final Map<String, Digest> ids = new HashMap<>();
    private final Map<Digest, Image> images = new HashMap<>();
    private final Map<Digest, ImageRecord> records = new HashMap<>();
    private final Map<Digest, LayerFacts> layers = new HashMap<>();
    private final Map<String, byte[]> contents = new HashMap<>();
    private final Map<List<Digest>, Integer> asked = new java.util.concurrent.ConcurrentHashMap<>();

    Digest id(String name) {
      return requireNonNull(ids.get(name));
    }

    /// @param on another one; empty for none
    void image(String name, String on, List<String> words) throws IllegalStateException {
      LayerFacts facts = layer(words);
      layers.put(facts.diffId(), facts);
      Image base = on.isEmpty() ? Edits.fromScratch(Platform.host()) : image(id(on));
      Image image =
          Edits.append(
              base,
              new Image.Layer(
                  new Descriptor(MediaTypes.OCI_LAYER, facts.diffId(), 1), facts.diffId()),
              new History(Optional.of(Instant.EPOCH), name, "", "", false),
              settings -> settings);
      Digest id = image.config().id();
      ids.put(name, id);
      images.put(id, image);
      records.put(
          id,
          new ImageRecord(
              id,
              image.manifest().descriptor(),
              image.config().diffIds(),
              image.config().platform(),
              Instant.EPOCH,
              1,
              Map.of(),
              Optional.empty(),
              Optional.empty(),
              List.of(Reference.parse(name).withDefaultTag()),
              List.of(),
              List.of(),
              Instant.EPOCH,
              Optional.empty()));
    }

    private LayerFacts layer(List<String> words) {
      Digest diffId = Digest.of(String.join("\0", words).getBytes(StandardCharsets.UTF_8));
      TreeMap<String, Entry> entries = new TreeMap<>();
      TreeMap<String, Evidence> evidence = new TreeMap<>();
      for (String word : words) {
        String path = word.substring(0, word.indexOf('='));
        byte[] text = word.substring(path.length() + 1).getBytes(StandardCharsets.UTF_8);
        entries.put(path, new Entry.File(0644, 0, 0, text.length, Digest.of(text), Map.of()));
        contents.put(diffId + path, text);
        try {
          PackageFiles.read(path, text, Bytes.of(text))
              .evidence()
              .ifPresent(e -> evidence.put(path, e));
        } catch (IOException e) {
          throw new IllegalStateException(e);
        }
      }
      return new LayerFacts(diffId, entries, new TreeMap<>(), new TreeMap<>(), evidence, List.of());
    }

    @Override
    public ImageRecord record(Digest id) {
      return requireNonNull(records.get(id));
    }

    @Override
    public Image image(Digest id) {
      return requireNonNull(images.get(id));
    }

    @Override
    public List<LayerFacts> facts(List<Digest> diffIds) {
      asked.merge(diffIds, 1, Integer::sum);
      return diffIds.stream().map(layers::get).toList();
    }

    @Override
    public Optional<Recipe> recipe(Digest id) {
      return Optional.empty();
    }

    @Override
    public long size(Digest diffId) {
      return 1;
    }

    @Override
    public Set<String> vulnerabilities(List<LayerFacts> all) {
      return Set.of();
    }

    @Override
    public InputStream open(Digest diffId, String path) {
      return new ByteArrayInputStream(contents.get(diffId + path));
    }
  }
}
