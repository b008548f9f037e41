package graft.rebase;

import static org.assertj.core.api.Assertions.assertThat;

import graft.rebase.Merger.Merging;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyedMergerTest {
  /// `~` is a line's end, `-` no file, `!` before keys a clash.
  @ParameterizedTest
  @CsvSource({
    // dpkg: by Package and Architecture, sorted, an empty line after each.
    "var/lib/dpkg/status, P a 1, P a 1, P a 2, P a 2",
    "var/lib/dpkg/status, P a 1, P a 2, P a 1, P a 2",
    "var/lib/dpkg/status, P a 1, P a 2, P a 2, P a 2",
    "var/lib/dpkg/status, P a 1, P a 2, P a 3, !a:amd64",
    "var/lib/dpkg/status, P a 1, P a 1;P c 1, P a 2;P b 1, P a 2;P b 1;P c 1",
    "var/lib/dpkg/status, P a 1;P b 1, P a 1, P a 2;P b 1, P a 2",
    "var/lib/dpkg/status, P a 1;P b 1, P a 1;P b 1, P b 1, P b 1",
    "var/lib/dpkg/status, P a 1;P b 1, P b 1, P a 2;P b 1, !a:amd64",
    "var/lib/dpkg/status, -, P a 1, P b 1, P a 1;P b 1",
    "var/lib/dpkg/status, P a 1, P a 1;P a 2, P a 1, !a key that occurs twice",
    "etc/passwd, r:x:0~, r:x:0~a:x:1~, r:x:0~b:x:2~, r:x:0~b:x:2~a:x:1~",
    "etc/passwd, r:x:0~, r:y:0~, r:z:0~, !r",
    "etc/passwd, r:x:0~, r:y:0~, r:x:0~, r:y:0~",
    "etc/group, g:x:5:a, g:x:5:a~, g:x:5:a~, g:x:5:a~",
    "etc/group, g:x:5:a~, 'g:x:5:a,b~', 'g:x:5:a,c~', 'g:x:5:a,c,b~'",
    "etc/group, 'g:x:5:a,b~', 'g:x:5:b~', 'g:x:5:a,b,c~', 'g:x:5:b,c~'",
    "etc/group, g:x:5:a~, 'g:x:6:a,b~', 'g:x:5:a,c~', !g",
    "etc/shells, /bin/sh~, /bin/sh~/bin/a~, # x~/bin/sh~/bin/b~, # x~/bin/sh~/bin/b~/bin/a~",
    "var/lib/dpkg/diversions, -, a~b~c~, d~e~f~, d~e~f~a~b~c~",
    "lib/apk/db/installed, A a 1, A a 1;A b 1, A a 2, A a 2;A b 1",
    "lib/apk/db/installed, A a 1, A a 2, A a 3, !a",
    "var/cache/debconf/config.dat, N q a, N q a;N r b, N q c, N q c;N r b",
  })
  void mergesByRecord(String path, String old, String own, String now, String expected) {
    Merging merging = merger(path).merge(file(old), file(own), file(now));
    if (expected.startsWith("!")) {
      assertThat(merging).isEqualTo(new Merging.Clash(List.of(expected.substring(1))));
    } else {
      assertThat(merging)
          .isInstanceOfSatisfying(
              Merging.Merged.class,
              m ->
                  assertThat(text(m.content()).stripTrailing())
                      .isEqualTo(text(file(expected)).stripTrailing()));
    }
  }

  private static Merger merger(String path) {
    return Treatment.of(path).merging().orElseThrow();
  }

  private static Optional<byte[]> file(String short_) {
    if (short_.equals("-")) {
      return Optional.empty();
    }
    StringBuilder all = new StringBuilder();
    for (String record : short_.split(";")) {
      String[] w = record.split(" ");
      all.append(
          switch (w[0]) {
            case "P" -> "Package: " + w[1] + "\nArchitecture: amd64\nVersion: " + w[2] + "\n\n";
            case "A" -> "P:" + w[1] + "\nV:" + w[2] + "\n\n";
            case "N" -> "Name: " + w[1] + "\nValue: " + w[2] + "\n\n";
            default -> record.replace('~', '\n');
          });
    }
    return Optional.of(all.toString().getBytes(StandardCharsets.ISO_8859_1));
  }

  private static String text(Optional<byte[]> file) {
    return file.map(b -> new String(b, StandardCharsets.ISO_8859_1)).orElse("");
  }

  @Test
  void bundlesOfCertificatesAreSets() {
    String a = "-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----\n";
    String corporate = a.replace("AA", "BB");
    String fresh = a.replace("AA", "CC");
    Merging merged =
        merger("etc/ssl/certs/ca-certificates.crt").merge(raw(a), raw(a + corporate), raw(fresh));
    assertThat(((Merging.Merged) merged).content().map(String::new)).contains(fresh + corporate);
    assertThat(
            merger("etc/ssl/certs/ca-certificates.crt")
                .merge(raw(a), raw(a + "something else"), raw(fresh)))
        .isInstanceOf(Merging.Clash.class);
  }

  /// What no charset knows comes out as it went in.
  @Test
  void bytesAreKept() {
    byte[] strange =
        "Package: a\nDescription: \u00ff\u0080\u00fe\n\n".getBytes(StandardCharsets.ISO_8859_1);
    assertThat(
            merger("var/lib/dpkg/status")
                .merge(Optional.empty(), Optional.of(strange), raw("Package: b\n\n")))
        .isInstanceOfSatisfying(
            Merging.Merged.class,
            m -> assertThat(text(m.content())).contains("\u00ff\u0080\u00fe"));
  }

  private static Optional<byte[]> raw(String text) {
    return Optional.of(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /// merge(o,o,n)=n, merge(o,d,o)=d, merge(o,d,d)=d; sides can be swapped; and a result has of each
  /// record what the rule for one record says, by a second way of computing it.
  @ParameterizedTest
  @ValueSource(
      strings = {"var/lib/dpkg/status", "etc/passwd", "etc/shells", "lib/apk/db/installed"})
  void lawsOfMerging(String path) {
    Random random = new Random(7);
    Merger merger = merger(path);
    int clashes = 0;
    for (int i = 0; i < 500; i++) {
      Optional<byte[]> old = random(path, random);
      Optional<byte[]> own = random(path, random);
      Optional<byte[]> now = random(path, random);
      assertThat(records(merger.merge(old, old, now))).isEqualTo(records(now));
      assertThat(records(merger.merge(old, own, old))).isEqualTo(records(own));
      assertThat(records(merger.merge(old, own, own))).isEqualTo(records(own));
      Merging one = merger.merge(old, own, now);
      Merging other = merger.merge(old, now, own);
      assertThat(one.getClass()).isEqualTo(other.getClass());
      if (one instanceof Merging.Clash a && other instanceof Merging.Clash b) {
        assertThat(new TreeSet<>(a.keys())).isEqualTo(new TreeSet<>(b.keys()));
        clashes++;
      } else {
        assertThat(records(one)).isEqualTo(records(other));
      }
    }
    // Lines alone are there or not: nothing can clash.
    assertThat(clashes > 0).isEqualTo(!path.equals("etc/shells"));
  }

  private static Optional<byte[]> random(String path, Random random) {
    List<String> records = new ArrayList<>();
    for (char name = 'a'; name < 'f'; name++) {
      if (random.nextInt(4) > 0) {
        int version = random.nextInt(2);
        records.add(
            switch (path) {
              case "etc/passwd" -> name + ":x:" + version + "~";
              case "etc/shells" -> "/bin/" + name + version + "~";
              case "lib/apk/db/installed" -> "A " + name + " " + version;
              default -> "P " + name + " " + version;
            });
      }
    }
    return records.isEmpty()
        ? Optional.of(new byte[0])
        : file(String.join(path.startsWith("etc") ? "" : ";", records));
  }

  private static Set<String> records(Merging merging) {
    assertThat(merging).isInstanceOf(Merging.Merged.class);
    return records(((Merging.Merged) merging).content());
  }

  private static Set<String> records(Optional<byte[]> file) {
    Set<String> all = new TreeSet<>();
    String text = text(file);
    for (String record : text.split(text.contains("\n\n") ? "\n\n" : "\n")) {
      if (!record.isBlank()) {
        all.add(record);
      }
    }
    return all;
  }
}
