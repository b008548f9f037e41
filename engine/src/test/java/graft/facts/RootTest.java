package graft.facts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import graft.oci.Digest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class RootTest {
  /// A layer in words: `a/` a directory, `a/=` an opaque one, `-a` a whiteout, `a->b` a link, `a!`
  /// a fifo, else a file.
  private static LayerFacts layer(String words) {
    Map<String, Entry> entries = new TreeMap<>();
    for (String word : words.isBlank() ? new String[0] : words.split(" ")) {
      int arrow = word.indexOf("->");
      if (arrow > 0) {
        entries.put(word.substring(0, arrow), new Entry.Link(0, 0, word.substring(arrow + 2)));
      } else if (word.startsWith("-")) {
        entries.put(word.substring(1), new Entry.Whiteout());
      } else if (word.endsWith("/=")) {
        entries.put(word.substring(0, word.length() - 2), directory(0700, true));
      } else if (word.endsWith("/")) {
        entries.put(word.substring(0, word.length() - 1), directory(0700, false));
      } else if (word.endsWith("!")) {
        entries.put(
            word.substring(0, word.length() - 1),
            new Entry.Special(Entry.Special.Type.FIFO, 0600, 0, 0, 0, 0));
      } else {
        entries.put(word, file(words));
      }
    }
    return LayerFacts.of(Digest.of(words.getBytes(StandardCharsets.UTF_8)), entries);
  }

  private static Entry directory(int mode, boolean opaque) {
    return new Entry.Directory(mode, 0, 0, Map.of(), opaque);
  }

  private static Entry file(String content) {
    byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
    return new Entry.File(0644, 0, 0, bytes.length, Digest.of(bytes), Map.of());
  }

  private static Root root(String layers) {
    return Root.of(Stream.of(layers.split("\\|", -1)).map(l -> layer(l.strip())).toList());
  }

  /// Each path with the layer it is from.
  private static String shown(Root root) {
    List<String> all = new ArrayList<>();
    for (String path : root.paths()) {
      all.add(path + "@" + root.layerOf(path).getAsInt());
    }
    return String.join(" ", all);
  }

  static Stream<Arguments> unions() {
    return Stream.of(
        arguments("nothing", "", ""),
        arguments("a layer alone", "a/ a/b c", "a@0 a/b@0 c@0"),
        arguments("parents are made", "a/b/c", "a@0 a/b@0 a/b/c@0"),
        arguments("a file over a file", "a b | a", "a@1 b@0"),
        arguments("directories become one", "d/ d/a d/b | d/ d/b d/c", "d@1 d/a@0 d/b@1 d/c@1"),
        arguments("a whiteout", "a b | -a", "b@0"),
        arguments("a whiteout of a directory", "d/ d/a d/e/f g | -d", "g@0"),
        arguments("a whiteout of nothing", "a | -b", "a@0"),
        arguments("hidden, and there again", "a | -a | a", "a@2"),
        arguments("hidden and again, without what was in it", "d/a | -d | d/b", "d@2 d/b@2"),
        arguments("a whiteout in a directory", "d/a d/b | d/ -d/a", "d@1 d/b@0"),
        arguments("an opaque directory", "d/a d/b | d/= d/c", "d@1 d/c@1"),
        arguments("opaque over nothing", "a | d/=", "a@0 d@1"),
        arguments("opaque within", "d/e/a d/b | d/ d/e/=", "d@1 d/b@0 d/e@1"),
        arguments("a directory over a file", "a | a/ a/b", "a@1 a/b@1"),
        arguments("a file over a directory", "a/b a/c/d | a", "a@1"),
        arguments("a link over a directory", "a/b c/ | a->c", "a@1 c@0"),
        arguments("a directory over a link", "a->c c/x | a/ a/b", "a@1 a/b@1 c@0 c/x@0"),
        arguments("a file over a link", "a->b b | a", "a@1 b@0"),
        arguments("a fifo over a directory", "a/b | a!", "a@1"),
        arguments("only what is below goes", "a/b a-c a0 a.d ab | -a", "a-c@0 a.d@0 a0@0 ab@0"),
        arguments("opaque, siblings stay", "a/b a-c a0 | a/=", "a@1 a-c@0 a0@0"),
        arguments("file, directory, file", "a | a/b | a", "a@2"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("unions")
  void union(String name, String layers, String expected) {
    assertThat(shown(root(layers))).isEqualTo(expected);
  }

  @Test
  void theUppermostDirectorySaysItsAttributes() {
    Root root =
        Root.of(
            List.of(
                LayerFacts.of(Digest.of(new byte[] {1}), Map.of("d", directory(0755, false))),
                LayerFacts.of(Digest.of(new byte[] {2}), Map.of("d", directory(0711, false)))));
    assertThat(root.find("d")).contains(directory(0711, false));
    assertThat(root.find("e")).isEmpty();
    assertThat(root.layerOf("e")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "a/b,                  a/b",
    "/a//./b,              a/b",
    "a/../a/b,             a/b",
    "a/b/../b,",
    "../../a/b,            a/b",
    "'',                   ''",
    "/..,                  ''",
    "absolute/b,           a/b",
    "relative/b,           a/b",
    "deep/in/up,           a/b",
    "climber/b,            a/b",
    "twice/b,              a/b",
    "toFile,               a/b",
    "dots,                 ''",
    "dangling,",
    "loop,",
    "loop/x,",
    "self,",
    "a/b/c,",
    "a/b/..,",
    "nothing/x,",
    "fifo,                 fifo",
    "fifo/x,",
    "empty,",
  })
  void resolve(String path, String expected) {
    Root root =
        root(
            "a/b absolute->/a relative->./a deep/in/up->../../a/b climber->../../../a"
                + " twice->absolute toFile->a/b dangling->no/where loop->pool pool->loop self->self"
                + " dots->.. fifo! empty-> ");
    assertThat(root.resolve(path).orElse(null)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "a/new,                a/new",
    "link/new,             a/new",
    "link,                 link",
    "toFile,               toFile",
    "missing/new,",
    "a/b/new,",
    "new,                  new",
    "loop/new,",
    "'',                   ''",
  })
  void resolveParent(String path, String expected) {
    Root root = root("a/b link->/a toFile->a/b loop->loop");
    assertThat(root.resolveParent(path).orElse(null)).isEqualTo(expected);
  }

  @Test
  void fortyLinksAreFollowedAndNoMore() {
    StringBuilder words = new StringBuilder("l0");
    for (int i = 1; i <= 41; i++) {
      words.append(" l").append(i).append("->l").append(i - 1);
    }
    Root root = root(words.toString());
    assertThat(root.resolve("l40")).contains("l0");
    assertThat(root.resolve("l41")).isEmpty();
  }

  /// Links that double with each step end by their number, not by patience.
  @Test
  void linksThatGrow() {
    StringBuilder words = new StringBuilder("d/");
    for (int i = 1; i <= 30; i++) {
      String before = i == 1 ? "d/.." : "l" + (i - 1);
      words.append(" l").append(i).append("->").append(before).append("/").append(before);
    }
    assertThat(root(words.toString()).resolve("l30")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"''", "/a", "a/", "a//b", "./a", "a/../b", "a/."})
  void pathsAreClean(String path) {
    assertThatThrownBy(() -> LayerFacts.of(Digest.of(new byte[0]), Map.of(path, file(""))))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void nothingIsBelowAFile() {
    assertThatThrownBy(() -> layer("a a/b/c")).hasMessageContaining("\"a/b/c\" is below \"a\"");
  }

  /// The same said otherwise: a path is there where the uppermost layer that says anything of it or
  /// of a directory above it says that it is there.
  @Test
  void asAStackOfLayersHasIt() {
    Random random = new Random(20261126);
    for (int round = 0; round < 500; round++) {
      List<LayerFacts> layers = new ArrayList<>();
      TreeSet<String> all = new TreeSet<>();
      for (int i = 0; i < 5; i++) {
        TreeMap<String, Entry> entries = new TreeMap<>();
        for (int k = random.nextInt(8); k > 0; k--) {
          grow(entries, random);
        }
        all.addAll(entries.keySet());
        layers.add(LayerFacts.of(Digest.of(new byte[] {(byte) i}), entries));
      }
      Root root = Root.of(layers);
      Stack stack = new Stack(layers);
      for (String path : all) {
        assertThat(root.find(path)).as(path).isEqualTo(stack.find(path));
        assertThat(root.layerOf(path)).as(path).isEqualTo(stack.layerOf(path));
      }
      assertThat(all).containsAll(root.paths());
    }
  }

  private static void grow(Map<String, Entry> entries, Random random) {
    String path = "";
    for (int depth = random.nextInt(3); depth >= 0; depth--) {
      path = Paths.child(path, List.of("a", "a-", "b").get(random.nextInt(3)));
      Entry here = entries.get(path);
      if (depth > 0 && here != null && !(here instanceof Entry.Directory)) {
        return;
      }
      if (here == null) {
        entries.put(
            path,
            depth > 0
                ? directory(0755, random.nextInt(6) == 0)
                : switch (random.nextInt(4)) {
                  case 0 -> new Entry.Whiteout();
                  case 1 -> new Entry.Link(0, 0, "b");
                  case 2 -> directory(0755, random.nextBoolean());
                  default -> file("x");
                });
      }
    }
  }

  @Test
  void namesThatAreNoText() {
    for (byte[] name :
        List.of(
            new byte[] {},
            "usr/bin/ä€😀".getBytes(StandardCharsets.UTF_8),
            new byte[] {'a', (byte) 0xff, 'b'},
            new byte[] {(byte) 0xe2, (byte) 0x82, (byte) 0xff},
            new byte[] {(byte) 0xed, (byte) 0xb2, (byte) 0x80},
            new byte[] {(byte) 0xf0, (byte) 0x9f, (byte) 0x98, (byte) 0x80, (byte) 0x80})) {
      assertThat(FileNames.bytes(FileNames.of(name))).isEqualTo(name);
    }
    Random random = new Random(1);
    for (int i = 0; i < 1000; i++) {
      byte[] name = new byte[random.nextInt(12)];
      random.nextBytes(name);
      assertThat(FileNames.bytes(FileNames.of(name))).isEqualTo(name);
    }
    assertThat(FileNames.of(new byte[] {'a', (byte) 0xff})).isNotEqualTo("a\ufffd");
  }
}
