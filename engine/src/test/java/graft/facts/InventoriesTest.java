package graft.facts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import graft.inventory.Bytes;
import graft.inventory.Distribution;
import graft.inventory.Evidence;
import graft.inventory.Inventory;
import graft.inventory.PackageFiles;
import graft.inventory.Skipped;
import graft.oci.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class InventoriesTest {
  private static final String STATUS = "var/lib/dpkg/status";

  /// Words in which a layer is said: `path=text` a file, `path>target` a link, `-path` a whiteout,
  /// `path/=` an opaque directory, else an empty file. What files say is read as it always is.
  private static LayerFacts layer(String... words) {
    TreeMap<String, Entry> entries = new TreeMap<>();
    TreeMap<String, Evidence> evidence = new TreeMap<>();
    List<Skipped> skipped = new ArrayList<>();
    for (String word : words) {
      int equals = word.indexOf('=');
      int arrow = word.indexOf('>');
      if (word.startsWith("-")) {
        entries.put(word.substring(1), new Entry.Whiteout());
      } else if (word.endsWith("/=")) {
        entries.put(
            word.substring(0, word.length() - 2), new Entry.Directory(0755, 0, 0, Map.of(), true));
      } else if (equals < 0 && arrow > 0) {
        entries.put(word.substring(0, arrow), new Entry.Link(0, 0, word.substring(arrow + 1)));
      } else {
        String path = equals < 0 ? word : word.substring(0, equals);
        byte[] bytes =
            (equals < 0 ? "" : word.substring(equals + 1)).getBytes(StandardCharsets.UTF_8);
        entries.put(path, new Entry.File(0644, 0, 0, bytes.length, Digest.of(bytes), Map.of()));
        try {
          PackageFiles.Found found = PackageFiles.read(path, bytes, Bytes.of(bytes));
          found.evidence().ifPresent(e -> evidence.put(path, e));
          skipped.addAll(found.skipped());
        } catch (IOException e) {
          throw new AssertionError(e);
        }
      }
    }
    return new LayerFacts(
        Digest.of(String.join("|", words).getBytes(StandardCharsets.UTF_8)),
        entries,
        new TreeMap<>(),
        new TreeMap<>(),
        evidence,
        skipped);
  }

  /// `name version` of each, installed.
  private static String status(String... packages) {
    return STATUS
        + "="
        + Stream.of(packages)
            .map(p -> p.split(" "))
            .map(p ->
                "Package: "
                    + p[0]
                    + "\nStatus: install ok installed\nArchitecture: amd64\nVersion: "
                    + p[1]
                    + "\n")
            .collect(Collectors.joining("\n"));
  }

  private static String apk(String... packages) {
    return "lib/apk/db/installed="
        + Stream.of(packages)
            .map(p -> "P:" + p.replace(" ", "\nV:") + "\nF:bin\nR:" + p.split(" ")[0] + "\n")
            .collect(Collectors.joining("\n"));
  }

  private static String shown(Inventory inventory) {
    return inventory.packages().stream()
        .map(p -> p.name() + " " + p.version())
        .collect(Collectors.joining(", "));
  }

  static Stream<Arguments> states() {
    String npm = "app/node_modules/a/package.json={\"name\":\"a\",\"version\":\"1\"}";
    String npm2 = "app/node_modules/a/package.json={\"name\":\"a\",\"version\":\"2\"}";
    return Stream.of(
        arguments("nothing", List.of(layer("bin/x")), List.of("")),
        arguments(
            "the uppermost database counts",
            List.of(
                layer(status("a 1")),
                layer(status("a 1", "b 1")),
                layer("etc/x"),
                layer(status("b 2"))),
            List.of("a 1", "a 1, b 1", "a 1, b 1", "b 2")),
        arguments(
            "a whiteout of the database",
            List.of(layer(status("a 1")), layer("-" + STATUS), layer(status("c 1"))),
            List.of("a 1", "", "c 1")),
        arguments(
            "a whiteout above the database",
            List.of(layer(status("a 1")), layer("-var/lib")),
            List.of("a 1", "")),
        arguments(
            "an opaque directory above the database",
            List.of(layer(status("a 1")), layer("var/lib/dpkg/=")),
            List.of("a 1", "")),
        arguments(
            "a database in an opaque directory",
            List.of(layer(status("a 1")), layer("var/lib/dpkg/=", status("b 1"))),
            List.of("a 1", "b 1")),
        arguments(
            "a file for each package",
            List.of(
                layer(
                    "var/lib/dpkg/status.d/a=Package: a\nVersion: 1\n",
                    "var/lib/dpkg/status.d/b=Package: b\nVersion: 1\n"),
                layer("-var/lib/dpkg/status.d/a")),
            List.of("a 1, b 1", "b 1")),
        arguments(
            "two managers",
            List.of(layer(status("a 1")), layer(apk("m 1-r0"))),
            List.of("a 1", "a 1, m 1-r0")),
        arguments(
            "one database by two names",
            List.of(layer("lib>usr/lib", "usr/" + apk("m 1-r0"))),
            List.of("m 1-r0")),
        arguments(
            "a database behind a link",
            List.of(layer("var/lib>/srv/lib", "srv/lib/dpkg/" + status("a 1").substring(13))),
            List.of("a 1")),
        arguments(
            "no database though it is called one",
            List.of(layer("opt/copy/" + status("a 1"))),
            List.of("")),
        arguments(
            "a package of a language, changed and removed",
            List.of(layer(npm), layer(npm2), layer("-app"), layer(npm)),
            List.of("a 1", "a 2", "", "a 1")),
        arguments(
            "of two paths",
            List.of(layer(npm, npm.replace("app", "opt")), layer("-opt/node_modules")),
            List.of("a 1, a 1", "a 1")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("states")
  void states(String name, List<LayerFacts> layers, List<String> expected) {
    for (int k = 0; k < layers.size(); k++) {
      assertThat(shown(Inventories.after(layers, k))).as("after %d", k).isEqualTo(expected.get(k));
      assertThat(shown(Inventories.atTop(layers.subList(0, k + 1))))
          .as("at the top of %d", k)
          .isEqualTo(expected.get(k));
    }
    assertThat(Inventories.afterEach(layers).stream().map(InventoriesTest::shown))
        .containsExactlyElementsOf(expected);
  }

  private static String list(String name, String... paths) {
    return "var/lib/dpkg/info/" + name + ".list=/.\n/" + String.join("\n/", paths) + "\n";
  }

  /// As image I of a tree that was made by dpkg: libraries removed by hand.
  @Test
  void installedByTheWordOfTheDatabaseAlone() {
    List<LayerFacts> layers =
        List.of(
            layer(
                "lib>usr/lib",
                status("libssl3 1", "slim 1", "whole 1"),
                list(
                    "libssl3:amd64",
                    "usr/lib/x/libssl.so.3",
                    "lib/x/libcrypto.so.3",
                    "usr/share/doc/libssl3/copyright",
                    "usr/share/never/there"),
                list("whole", "usr/bin/whole"),
                list("slim", "usr/share/doc/slim/x", "usr/share/man/man1/slim.1.gz"),
                "usr/lib/x/libssl.so.3",
                "usr/lib/x/libcrypto.so.3",
                "usr/share/doc/libssl3/copyright",
                "usr/share/doc/slim/x",
                "usr/bin/whole"),
            layer(
                "-usr/lib/x/libssl.so.3",
                "-usr/lib/x/libcrypto.so.3",
                "-usr/share/doc",
                "usr/bin/whole"));
    assertThat(Inventories.after(layers, 0).missing()).isEmpty();
    Inventory after = Inventories.after(layers, 1);
    assertThat(shown(after)).isEqualTo("libssl3 1, slim 1, whole 1");
    assertThat(after.missing())
        .singleElement()
        .satisfies(missing -> {
          assertThat(missing.installed().name()).isEqualTo("libssl3");
          assertThat(missing.paths())
              .containsExactly("usr/lib/x/libcrypto.so.3", "usr/lib/x/libssl.so.3");
          assertThat(missing.count()).isEqualTo(2);
        });
  }

  @Test
  void apkSaysItsFilesItself() {
    List<LayerFacts> layers = List.of(layer(apk("m 1", "n 1"), "bin/m", "bin/n"), layer("-bin/m"));
    assertThat(Inventories.after(layers, 1).missing())
        .extracting(one -> one.installed().name() + one.paths())
        .containsExactly("m[bin/m]");
  }

  @Test
  void whatThePackageManagerBroughtIsItsOwn() {
    String metadata = "usr/lib/python3/dist-packages/six-1.dist-info/METADATA";
    Inventory inventory =
        Inventories.after(
            List.of(
                layer(
                    status("python3-six 1-2"),
                    list("python3-six", metadata),
                    metadata + "=Name: six\nVersion: 1\n",
                    "opt/venv/six-1.dist-info/METADATA=Name: six\nVersion: 1\n")),
            0);
    assertThat(inventory.packages())
        .extracting(p -> p.name() + " " + p.path() + " of " + p.owner())
        .containsExactly(
            "python3-six  of ",
            "six opt/venv/six-1.dist-info/METADATA of ",
            "six " + metadata + " of python3-six");
  }

  @Test
  void distributions() {
    assertThat(
            Inventories.after(
                    List.of(
                        layer("usr/lib/os-release=ID=debian\nVERSION_ID=12\n"),
                        layer("etc/os-release>../usr/lib/os-release")),
                    1)
                .distribution())
        .isEqualTo(new Distribution("debian", "12"));
    assertThat(
            Inventories.after(
                    List.of(
                        layer("usr/lib/os-release=ID=debian\n"), layer("etc/os-release=ID=own\n")),
                    1)
                .distribution())
        .isEqualTo(new Distribution("own", ""));
    assertThat(Inventories.after(List.of(layer("etc/os-release>os-release")), 0).distribution())
        .isEqualTo(Distribution.UNKNOWN);
  }

  @Test
  void whatWasNotReadIsSaid() {
    List<LayerFacts> layers =
        List.of(
            layer("lib/a.jar=none", "lib/b.jar=none", STATUS + ">/nowhere"),
            layer("-lib/a.jar"),
            layer("lib/b.jar=neither", "etc/db=x", "lib/apk/db/installed>/etc/db"));
    assertThat(Inventories.after(layers, 0).skipped())
        .containsExactly(
            new Skipped("lib/a.jar", "it is no zip, or not whole"),
            new Skipped("lib/b.jar", "it is no zip, or not whole"),
            new Skipped(STATUS, "a link that leads nowhere or in circles"));
    assertThat(Inventories.after(layers, 2).skipped())
        .containsExactly(
            new Skipped(
                "lib/apk/db/installed", "a link to etc/db, which was not read as a database"),
            new Skipped("lib/b.jar", "it is no zip, or not whole"),
            new Skipped(STATUS, "a link that leads nowhere or in circles"));
  }
}
