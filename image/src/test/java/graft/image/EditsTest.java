package graft.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import graft.error.GraftException;
import graft.image.Image.Layer;
import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.oci.Document;
import graft.oci.Document.Manifest;
import graft.oci.ImageConfig;
import graft.oci.ImageConfig.History;
import graft.oci.ImageConfig.Settings;
import graft.oci.Json;
import graft.oci.MediaTypes;
import graft.oci.Platform;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class EditsTest {
  private static final Instant THEN = Instant.parse("2026-01-02T03:04:05.123456789Z");
  private static final Platform AMD64 = new Platform("linux", "amd64");

  private static Digest digest(String text) {
    return Digest.of(text.getBytes(StandardCharsets.UTF_8));
  }

  private static Layer layer(String text) {
    return new Layer(
        new Descriptor(MediaTypes.OCI_LAYER_GZIP, digest("blob " + text), text.length()),
        digest(text));
  }

  private static History history(String by) {
    return new History(Optional.of(THEN), by, "", "", false);
  }

  private static UnaryOperator<Settings> changes(String... lines) {
    return s -> Changes.apply(Changes.parse(List.of(lines)), s);
  }

  private static Image base(String... layers) {
    Image image = Edits.fromScratch(AMD64);
    for (String l : layers) {
      image = Edits.append(image, layer(l), history("add " + l), changes());
    }
    return image;
  }

  private static JsonNode tree(Image image) {
    return Json.object(image.config().raw().bytes(), "config");
  }

  @Test
  void fromNothingToAnImageOfOneLayer() {
    Image image =
        Edits.append(
            Edits.fromScratch(new Platform("linux", "arm", "v7")),
            layer("l"),
            new History(Optional.of(THEN), "by", "me", "Imported from -", false),
            changes("CMD [\"sh\"]"));
    assertThat(image.layers()).containsExactly(layer("l"));
    ImageConfig config = image.config();
    assertThat(config.platform()).isEqualTo(new Platform("linux", "arm", "v7"));
    assertThat(config.created()).contains(THEN);
    assertThat(config.author()).isEqualTo("me");
    assertThat(config.config().cmd()).contains(List.of("sh"));
    assertThat(config.history())
        .containsExactly(new History(Optional.of(THEN), "by", "me", "Imported from -", false));
    Manifest manifest = image.manifest();
    assertThat(manifest.config().digest()).isEqualTo(config.id());
    assertThat(manifest.config().size()).isEqualTo(config.raw().size());
    assertThat(Document.parse(manifest.raw().bytes(), "")).isEqualTo(manifest);
    assertThat(tree(image).path("rootfs").path("type").asText()).isEqualTo("layers");
    assertThat(tree(image).path("created").asText()).isEqualTo(THEN.toString());
  }

  @Test
  void theSameArgumentsGiveTheSameBytes() {
    assertThat(base("a", "b").manifest().raw()).isEqualTo(base("a", "b").manifest().raw());
    assertThat(base("a", "b").manifest().raw()).isNotEqualTo(base("b", "a").manifest().raw());
  }

  @Test
  void aChangeOfSettingsMakesAnEmptyEntry() {
    Image before = base("a");
    Image after = Edits.withConfig(before, history("ENV"), changes("ENV X=1", "LABEL z=1 a=2"));
    assertThat(after.layers()).isEqualTo(before.layers());
    assertThat(after.config().history().getLast().emptyLayer()).isTrue();
    assertThat(after.config().config().env()).containsExactly("X=1");
    assertThat(tree(after).path("config").path("Labels").toString())
        .isEqualTo("{\"a\":\"2\",\"z\":\"1\"}");
  }

  private static Image foreign(String config, Layer... layers) {
    ImageConfig parsed = ImageConfig.parse(config.getBytes(StandardCharsets.UTF_8));
    Manifest manifest =
        Manifest.create(
            new Descriptor(MediaTypes.DOCKER_CONFIG, parsed.id(), parsed.raw().size()),
            List.of(layers).stream().map(Layer::blob).toList(),
            Map.of("old", "annotation"));
    return new Image(manifest, parsed);
  }

  @Test
  void whatIsNotKnownIsKeptAndTheContainerForgotten() {
    Layer docker =
        new Layer(new Descriptor(MediaTypes.DOCKER_LAYER_GZIP, digest("b"), 1), digest("d"));
    Image before =
        foreign(
            """
            {"architecture":"amd64","os":"linux","os.version":"1.2","x-vendor":{"deep":[1,2.50]},
             "container":"abc","container_config":{"Cmd":["x"]},"docker_version":"1",
             "config":{"Hostname":"h","Cmd":null,"Memory":5},
             "rootfs":{"type":"layers","diff_ids":["%s"]},
             "history":[{"created":"2020-01-01T00:00:00Z","created_by":"x"}]}
            """
                .formatted(docker.diffId()),
            docker);
    Image after = Edits.append(before, layer("n"), history("y"), changes("USER u"));
    JsonNode tree = tree(after);
    assertThat(tree.path("os.version").asText()).isEqualTo("1.2");
    assertThat(tree.path("x-vendor").toString()).isEqualTo("{\"deep\":[1,2.5]}");
    assertThat(tree.path("config").path("Hostname").asText()).isEqualTo("h");
    assertThat(tree.path("config").path("Memory").asInt()).isEqualTo(5);
    assertThat(tree.path("config").get("Cmd").isNull()).isTrue();
    assertThat(tree.has("container")).isFalse();
    assertThat(tree.has("container_config")).isFalse();
    assertThat(after.manifest().layers().getFirst().mediaType())
        .isEqualTo(MediaTypes.OCI_LAYER_GZIP);
    assertThat(after.manifest().layers().getFirst().digest()).isEqualTo(digest("b"));
    assertThat(after.manifest().annotations()).isEmpty();
    assertThat(Edits.withAnnotations(after, Map.of("k", "v")).manifest().annotations())
        .containsEntry("k", "v");
  }

  @Test
  void countsMustAgree() {
    assertThatThrownBy(() -> foreign("{\"rootfs\":{\"diff_ids\":[]}}", layer("one too many")))
        .isInstanceOf(GraftException.class)
        .hasMessageContaining("1 layers")
        .hasMessageContaining("0");
  }

  // ---- rebase

  @Test
  void aRebaseMovesTheLayersOntoTheNewBase() {
    Image old = Edits.withConfig(base("a", "b"), history("env"), changes("ENV V=1", "USER root"));
    Image fresh = Edits.withConfig(base("a", "c"), history("env"), changes("ENV V=2 W=3"));
    Image child =
        Edits.append(old, layer("app"), history("copy app"), changes("ENV APP=x", "CMD [\"app\"]"));
    Instant now = THEN.plusSeconds(9);
    Image rebased = Edits.rebase(child, old, fresh, now);
    assertThat(rebased.layers()).containsExactly(layer("a"), layer("c"), layer("app"));
    assertThat(rebased.config().history())
        .extracting(History::createdBy)
        .containsExactly("add a", "add c", "env", "copy app");
    assertThat(rebased.config().config().env()).containsExactly("V=2", "W=3", "APP=x");
    assertThat(rebased.config().config().cmd()).contains(List.of("app"));
    // The child did not choose its user, the base did, and does no more.
    assertThat(rebased.config().config().user()).isEmpty();
    assertThat(rebased.config().created()).contains(now);
  }

  @Test
  void ontoTheSameBaseNothingChangesButTheTime() {
    Image old = base("a");
    Image child = Edits.append(old, layer("b"), history("b"), changes("LABEL x=1", "EXPOSE 80"));
    Image again = Edits.rebase(child, old, old, THEN);
    assertThat(again.config().id()).isEqualTo(child.config().id());
  }

  @Test
  void variablesThatTheChildRemovedOrSetStaySo() {
    Image old = Edits.withConfig(base("a"), history("e"), changes("ENV KEEP=1 DROP=1 SET=1"));
    Image fresh = Edits.withConfig(base("a"), history("e"), changes("ENV KEEP=2 DROP=2 SET=2"));
    UnaryOperator<Settings> edit =
        s -> {
          var b = new graft.oci.SettingsBuilder(s);
          b.env.remove("DROP=1");
          b.setEnv("SET", "mine");
          return b.build();
        };
    Image child = Edits.withConfig(old, history("x"), edit);
    assertThat(Edits.rebase(child, old, fresh, THEN).config().config().env())
        .containsExactly("KEEP=2", "SET=mine");
  }

  /// Nobody could tell by the settings alone: the history says which of them the child has set.
  @Test
  void whatTheChildSetToWhatItsBaseHadStays() {
    Image old =
        Edits.withConfig(
            base("a"),
            history("e"),
            changes(
                "ENV SET=1 CLASSIC=1 INHERITED=1",
                "LABEL set=1 inherited=1",
                "USER app",
                "WORKDIR /inherited",
                "CMD [\"run\"]",
                "EXPOSE 80 81"));
    Image fresh =
        Edits.withConfig(
            base("b"),
            history("e"),
            changes("ENV SET=2 CLASSIC=2 INHERITED=2", "LABEL set=2 inherited=2", "USER other"));
    Image child = old;
    for (String own :
        List.of(
            "ENV SET=1 INHERITED=10",
            "/bin/sh -c #(nop)  ENV CLASSIC=1",
            "LABEL set=1",
            "USER app",
            "CMD [\"run\"]",
            "EXPOSE [80/tcp]")) {
      child = Edits.withConfig(child, history(own), changes());
    }
    Settings s = Edits.rebase(child, old, fresh, THEN).config().config();
    assertThat(s.env()).containsExactly("SET=1", "CLASSIC=1", "INHERITED=2");
    assertThat(s.labels()).isEqualTo(Map.of("set", "1", "inherited", "2"));
    assertThat(s.user()).contains("app");
    assertThat(s.workingDir()).isEmpty();
    assertThat(s.cmd()).contains(List.of("run"));
    assertThat(s.exposedPorts()).containsOnly("80/tcp");
    // Nothing of it is the child's if only its base's history says so.
    Image plain = Edits.append(child, layer("p"), history("p"), changes());
    assertThat(Edits.rebase(plain, child, fresh, THEN).config().config().env())
        .containsExactly("SET=2", "CLASSIC=2", "INHERITED=2");
  }

  /// The base's directories follow the base, the child's own stay where they were among them.
  @ParameterizedTest
  @CsvSource({
    "/a:/b, /app:/a:/b, /a:/c, /app:/a:/c",
    "/a:/b, /a:/b:/app, /c, /c:/app",
    "/a:/b, /app:/b, /a:/c, /app:/c",
    "/a, /app, /b, /app:/b",
    "/a, /app:/a, /a, /app:/a",
  })
  void searchPathsAreMergedByDirectory(String old, String own, String now, String expected) {
    Image before = Edits.withConfig(base("a"), history("e"), changes("ENV PATH=" + old));
    Image after = Edits.withConfig(base("b"), history("e"), changes("ENV PATH=" + now));
    Image child = Edits.withConfig(before, history("x"), changes("ENV PATH=" + own));
    assertThat(Edits.rebase(child, before, after, THEN).config().config().env())
        .containsExactly("PATH=" + expected);
  }

  @Test
  void aChildWithItsOwnEntrypointDoesNotGetTheCommandOfTheNewBase() {
    Image old = base("a");
    Image fresh = Edits.withConfig(base("a"), history("c"), changes("CMD [\"new\"]"));
    Image child = Edits.withConfig(old, history("e"), changes("ENTRYPOINT [\"mine\"]"));
    Settings s = Edits.rebase(child, old, fresh, THEN).config().config();
    assertThat(s.entrypoint()).contains(List.of("mine"));
    assertThat(s.cmd()).isEmpty();
    Image plain = Edits.append(old, layer("p"), history("p"), changes());
    assertThat(Edits.rebase(plain, old, fresh, THEN).config().config().cmd())
        .contains(List.of("new"));
  }

  @Test
  void theRefusalNamesTheLayer() {
    Image child = base("a", "b", "c");
    assertThatThrownBy(() -> Edits.rebase(child, base("a", "x"), base("z"), THEN))
        .isInstanceOfSatisfying(
            GraftException.class, e -> assertThat(e.kind()).isEqualTo(GraftException.Kind.CONFLICT))
        .hasMessageContaining("layer 2")
        .hasMessageContaining(digest("b").toString())
        .hasMessageContaining(digest("x").toString());
    assertThatThrownBy(() -> Edits.rebase(base("a"), base("a", "b"), base("z"), THEN))
        .hasMessageContaining("only 1 layers");
    Image arm = Edits.fromScratch(new Platform("linux", "arm64"));
    assertThatThrownBy(() -> Edits.rebase(base("a"), base("a"), arm, THEN))
        .hasMessageContaining("linux/arm64");
  }

  @Test
  void historyThatDoesNotMatchTheBasesIsCutByLayers() {
    Image old = base("a");
    Image child =
        foreign(
            """
            {"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["%s","%s"]},
             "history":[{"created_by":"other"},{"created_by":"e","empty_layer":true},
                        {"created_by":"mine"}]}
            """
                .formatted(layer("a").diffId(), layer("b").diffId()),
            layer("a"),
            layer("b"));
    assertThat(Edits.rebase(child, old, base("z"), THEN).config().history())
        .extracting(History::createdBy)
        .containsExactly("add z", "e", "mine");
  }
}
