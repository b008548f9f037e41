package graft.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.error.GraftException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecipeJsonTest {
  private static String text(Recipe recipe) {
    return new String(RecipeJson.write(recipe), StandardCharsets.UTF_8);
  }

  @Test
  void whatIsWrittenIsRead() {
    Recipe.Build below = Samples.build();
    List<Recipe> all =
        List.of(
            below,
            Samples.build(
                "FROM x".getBytes(StandardCharsets.UTF_8),
                List.of(new Recipe.Base.Result("x", below))),
            Samples.commit());
    for (Recipe one : all) {
      assertThat(RecipeJson.read(RecipeJson.write(one))).isEqualTo(one);
    }
  }

  @Test
  void itIsForPeopleToo() {
    assertThat(text(Samples.build()))
        .startsWith("{\"version\":1,\"type\":\"build\"")
        .contains("\"text\":\"FROM debian:12\\nRUN make\\n\"")
        .contains("\"manifest\":\"" + Samples.digest("manifest") + "\"")
        .contains("\"platform\":\"linux/amd64\"")
        .contains("\"started\":\"2026-03-04T05:06:07.089Z\"");
  }

  @Test
  void aDockerfileMayBeAnyBytes() {
    byte[] latin = "# caf\u00e9\nFROM scratch".getBytes(StandardCharsets.ISO_8859_1);
    Recipe.Build read =
        (Recipe.Build) RecipeJson.read(RecipeJson.write(Samples.build(latin, List.of())));
    assertThat(read.dockerfile().data()).isEqualTo(latin);
  }

  @Test
  void whatIsNotKnownIsPassedOver() {
    String more = text(Samples.build()).replace("{\"version\":1,", "{\"version\":1,\"later\":[1],");
    assertThat(RecipeJson.read(more.getBytes(StandardCharsets.UTF_8))).isEqualTo(Samples.build());
  }

  /// Recipes of Graft before it recorded packages have none.
  @Test
  void packagesMayBeMissing() {
    String text = text(Samples.build());
    String less = text.replaceFirst(",\"packages\":\\{.*?]}?,\"truncated\":false}", "");
    assertThat(less).isNotEqualTo(text).doesNotContain("packages");
    Recipe.Build read = (Recipe.Build) RecipeJson.read(less.getBytes(StandardCharsets.UTF_8));
    assertThat(read.stages().getFirst().steps().getFirst().result().orElseThrow().packages())
        .isEmpty();
  }

  @Test
  void aLaterVersionIsRefused() {
    String later = text(Samples.build()).replace("{\"version\":1,", "{\"version\":2,");
    assertThatThrownBy(() -> RecipeJson.read(later.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOfSatisfying(
            GraftException.class,
            e -> assertThat(e.kind()).isEqualTo(GraftException.Kind.NOT_IMPLEMENTED))
        .hasMessageContaining("version 2");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{}",
        "{\"version\":1,\"type\":\"build\"}",
        "{\"version\":1,\"type\":\"other\"}",
        "{\"version\":1,\"type\":\"commit\",\"base\":{\"type\":\"image\",\"manifest\":\"x\"}}",
        "{\"version\":1,\"type\":\"commit\",\"layer\":7}"
      })
  void whatIsNoneIsCorrupt(String text) {
    assertThatThrownBy(() -> RecipeJson.read(text.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOfSatisfying(
            GraftException.class, e -> assertThat(e.kind()).isEqualTo(GraftException.Kind.CORRUPT));
  }
}
