package graft.version;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.maven.artifact.versioning.ComparableVersion;
import org.junit.jupiter.api.Test;

/// Versions made at random of what the grammars are made of, compared with those who define them.
class OracleTest {
  private static String random(Random random, List<String> parts, int most) {
    StringBuilder version = new StringBuilder();
    for (int i = random.nextInt(most); i >= 0; i--) {
      version.append(parts.get(random.nextInt(parts.size())));
    }
    return version.toString();
  }

  @Test
  void mavenSaysTheSame() {
    List<String> parts =
        List.of(
            "1",
            "0",
            "2",
            "10",
            "01",
            "007",
            "4294967296",
            "36893488147419103232",
            ".",
            ".",
            "-",
            "-",
            "a",
            "b",
            "m",
            "x",
            "alpha",
            "beta",
            "rc",
            "cr",
            "SNAPSHOT",
            "ga",
            "final",
            "sp",
            "release",
            "foo",
            "_",
            "+");
    Random random = new Random(11);
    List<String> wrong = new ArrayList<>();
    for (int i = 0; i < 200_000; i++) {
      String a = random(random, parts, 8);
      // Near ones are where orders go wrong.
      String b = random.nextBoolean() ? random(random, parts, 8) : a + random(random, parts, 2);
      int said = new ComparableVersion(a).compareTo(new ComparableVersion(b));
      if (Integer.signum(said) != Integer.signum(Ordering.MAVEN.compare(a, b))) {
        wrong.add(a + " ? " + b + ": Maven says " + said);
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void dpkgSaysTheSame() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/dpkg")), "dpkg is not on this machine");
    List<String> parts =
        List.of("1", "0", "2", "10", "01", ".", ".", "-", "~", "+", "a", "rc", "deb12u", "Z");
    Random random = new Random(12);
    List<String> wrong = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      String a = (random.nextInt(6) == 0 ? "1:" : "") + "1" + random(random, parts, 5) + "1";
      String b =
          random.nextBoolean()
              ? a + random(random, parts, 2) + "0"
              : "1" + random(random, parts, 5) + "0";
      int ours = Ordering.DPKG.compare(a, b);
      String relation = ours < 0 ? "lt" : ours > 0 ? "gt" : "eq";
      int code =
          new ProcessBuilder("/usr/bin/dpkg", "--compare-versions", a, relation, b)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor();
      if (code != 0) {
        wrong.add(a + " " + relation + " " + b);
      }
    }
    assertThat(wrong).isEmpty();
  }

  /// Files of lines `A < B`, `A = B`, `A > B`, named after whose versions they are, as
  /// osv-scalibr's `semantic/testdata` has them; `-Dgraft.versions=DIRECTORY` says where.
  @Test
  void filesOfComparisons() throws IOException {
    String directory = System.getProperty("graft.versions", "");
    assumeTrue(!directory.isEmpty(), "-Dgraft.versions is not given");
    Map<String, Ordering> orderings =
        Map.of(
            "debian", Ordering.DPKG,
            "alpine", Ordering.APK,
            "redhat", Ordering.RPM,
            "maven", Ordering.MAVEN,
            "pypi", Ordering.PEP440,
            "rubygems", Ordering.GEM,
            "semver", Ordering.SEMVER);
    List<String> wrong = new ArrayList<>();
    try (Stream<Path> files = Files.list(Path.of(directory))) {
      for (Path file : files.sorted().toList()) {
        String name = file.getFileName().toString();
        Ordering ordering = orderings.get(name.substring(0, Math.max(0, name.indexOf('-'))));
        if (ordering == null) {
          continue;
        }
        int lines = 0;
        int right = 0;
        for (String line : Files.readAllLines(file)) {
          String[] words = line.strip().split("\\s+", -1);
          if (words.length != 3 || line.startsWith("#")) {
            continue;
          }
          lines++;
          int expected = "<=>".indexOf(words[1]) - 1;
          if (Integer.signum(ordering.compare(words[0], words[2])) == expected) {
            right++;
          } else if (name.contains("-generated") && !mavenDoesNotAgree(ordering, words)) {
            wrong.add(name + ": " + line);
          } else {
            System.out.println("not as " + name + " has it: " + line);
          }
        }
        System.out.println(name + ": " + right + " of " + lines);
      }
    }
    assertThat(wrong).isEmpty();
  }

  /// Some lines of such files were made by a Maven whose order was another one.
  private static boolean mavenDoesNotAgree(Ordering ordering, String[] words) {
    int said = new ComparableVersion(words[0]).compareTo(new ComparableVersion(words[2]));
    return ordering == Ordering.MAVEN && Integer.signum(said) != "<=>".indexOf(words[1]) - 1;
  }
}
