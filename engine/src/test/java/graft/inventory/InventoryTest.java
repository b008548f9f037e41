package graft.inventory;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.oci.Digest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

class InventoryTest {
  private static final String STATUS =
      """
      Package: libssl3
      Status: install ok installed
      Maintainer: Debian OpenSSL Team <pkg@lists>
      Architecture: amd64
      Source: openssl (3.0.17-1)
      Version: 3.0.17-1~deb12u2
      Conffiles:
       /etc/ssl/openssl.cnf abc
      Description: a library
       Package: not-a-package
       of more lines

      Package: gone
      Status: deinstall ok config-files
      Version: 1

      Package: half
      Status: install ok half-installed
      Version: 1

      Package: no-version
      Status: install ok installed

      Package: last+more
      Status: install ok installed
      Version: 1:2.0+b1
      Architecture: all\
      """;

  private static final String APK =
      """
      C:Q1abc=
      P:musl
      V:1.2.3-r4
      A:x86_64
      L:MIT
      o:musl-origin
      m:Somebody <s@b>
      F:lib
      R:libc.so
      Z:Q1x=
      A:a file may have any letters

      P:busybox
      V:1.36-r0
      A:x86_64
      """;

  private static InputStream in(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  private final List<String> skipped = new ArrayList<>();

  private static Inventory inventory(Distribution distribution, Evidence.Database... databases) {
    List<Inventory.Installed> all = new ArrayList<>();
    for (Evidence.Database one : databases) {
      one.packages().forEach(listed -> all.add(listed.installed()));
    }
    return new Inventory(distribution, all, List.of(), List.of());
  }

  private static List<String> shown(Evidence.Database database) {
    return inventory(Distribution.UNKNOWN, database).packages().stream()
        .map(p -> p.name() + " " + p.version() + " of " + p.source() + " " + p.sourceVersion())
        .toList();
  }

  @Test
  void dpkg() throws IOException {
    assertThat(shown(Databases.dpkg(in(STATUS), false, skipped::add)))
        .containsExactly(
            "last+more 1:2.0+b1 of last+more 1:2.0+b1",
            "libssl3 3.0.17-1~deb12u2 of openssl 3.0.17-1");
    assertThat(skipped).isEmpty();
  }

  /// As distroless images have it.
  @Test
  void aFileForEachPackage() throws IOException {
    assertThat(
            shown(
                Databases.dpkg(
                    in("Package: tzdata\nVersion: 2026a\nArchitecture: all\n"),
                    true,
                    skipped::add)))
        .containsExactly("tzdata 2026a of tzdata 2026a");
  }

  @Test
  void apk() throws IOException {
    Evidence.Database database = Databases.apk(in(APK), skipped::add);
    assertThat(shown(database))
        .containsExactly(
            "busybox 1.36-r0 of busybox 1.36-r0", "musl 1.2.3-r4 of musl-origin 1.2.3-r4");
    Evidence.Listed musl = database.packages().getFirst();
    assertThat(musl.installed().architecture()).isEqualTo("x86_64");
    assertThat(musl.installed().license()).isEqualTo("MIT");
    assertThat(musl.files()).containsExactly("lib/libc.so");
  }

  @Test
  void hostileDatabasesAreReadWithinBounds() throws IOException {
    byte[] noise = new byte[1 << 20];
    new Random(7).nextBytes(noise);
    assertThat(
            Databases.dpkg(new ByteArrayInputStream(noise), true, skipped::add).packages().size()
                + Databases.apk(new ByteArrayInputStream(noise), skipped::add).packages().size())
        .isLessThan(100);

    InputStream endless =
        new InputStream() {
          @Override
          public int read() {
            return 'x';
          }

          @Override
          public int read(byte[] into, int offset, int length) {
            java.util.Arrays.fill(into, offset, offset + length, (byte) 'x');
            return length;
          }
        };
    InputStream first = in("Package: a\nVersion: 1\n\n");
    assertThat(
            Databases.dpkg(new SequenceInputStream(first, endless), true, skipped::add).packages())
        .hasSize(1);
    assertThat(skipped).containsExactly("larger than 64 MB; what follows was not read");

    skipped.clear();
    StringBuilder many = new StringBuilder();
    for (int i = 0; i <= Databases.MOST_PACKAGES; i++) {
      many.append("P:p").append(i).append("\nV:1\n\n");
    }
    assertThat(Databases.apk(in(many.toString()), skipped::add).packages())
        .hasSize(Databases.MOST_PACKAGES);
    assertThat(skipped).containsExactly("names more than 200000 packages");
  }

  @Test
  void distributions() {
    assertThat(Distribution.parse("ID=debian\nVERSION_ID=\"12\"\n"))
        .isEqualTo(new Distribution("debian", "12"));
    assertThat(Distribution.parse("# ID=x\nID='Alpine'\nVERSION_ID=3.20\n"))
        .isEqualTo(new Distribution("alpine", "3.20"));
    assertThat(Distribution.parse("ID=\"a/../b?c\"")).isEqualTo(new Distribution("a..bc", ""));
    assertThat(Distribution.parse("")).isEqualTo(Distribution.UNKNOWN);
  }

  @Test
  void spdx() throws IOException {
    ObjectNode document =
        Spdx.document(
            inventory(
                new Distribution("debian", "12"),
                Databases.dpkg(in(STATUS), false, skipped::add),
                Databases.apk(in(APK), skipped::add)),
            Digest.of(new byte[0]),
            Instant.parse("2026-01-02T03:04:05.678Z"));
    assertThat(document.path("spdxVersion").asText()).isEqualTo("SPDX-2.3");
    assertThat(document.path("creationInfo").path("created").asText())
        .isEqualTo("2026-01-02T03:04:05Z");
    List<JsonNode> packages =
        StreamSupport.stream(document.path("packages").spliterator(), false).toList();
    assertThat(packages.stream().map(p -> p.path("SPDXID").asText()))
        .doesNotHaveDuplicates()
        .allMatch(id -> id.matches("SPDXRef-[A-Za-z0-9.-]+"));
    assertThat(
            packages.stream()
                .skip(1)
                .map(p -> p.path("externalRefs").path(0).path("referenceLocator").asText()))
        .containsExactly(
            "pkg:apk/debian/busybox@1.36-r0?arch=x86_64&distro=debian-12",
            "pkg:deb/debian/last%2Bmore@1:2.0%2Bb1?arch=all&distro=debian-12",
            "pkg:deb/debian/libssl3@3.0.17-1~deb12u2?arch=amd64&distro=debian-12"
                + "&upstream=openssl%403.0.17-1",
            "pkg:apk/debian/musl@1.2.3-r4?arch=x86_64&distro=debian-12&upstream=musl-origin");
    assertThat(document.path("relationships")).hasSize(5);
    assertThat(packages.get(3).path("supplier").asText())
        .isEqualTo("Person: Debian OpenSSL Team (pkg@lists)");
  }
}
