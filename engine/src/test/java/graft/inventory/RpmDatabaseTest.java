package graft.inventory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.inventory.Evidence.Listed;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Files are made by SQLite itself, headers by hand.
class RpmDatabaseTest {
  private final List<String> skipped = new ArrayList<>();

  @TempDir Path dir;

  private record Tag(int tag, int type, int count, byte[] value) {}

  private static Tag text(int tag, String value) {
    return new Tag(tag, 6, 1, (value + "\0").getBytes(StandardCharsets.UTF_8));
  }

  private static Tag texts(int tag, String... values) {
    return new Tag(
        tag, 8, values.length, (String.join("\0", values) + "\0").getBytes(StandardCharsets.UTF_8));
  }

  private static Tag numbers(int tag, int... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length);
    for (int value : values) {
      bytes.putInt(value);
    }
    return new Tag(tag, 4, values.length, bytes.array());
  }

  private static byte[] header(Tag... tags) {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    ByteBuffer index = ByteBuffer.allocate(16 * tags.length);
    for (Tag tag : tags) {
      index.putInt(tag.tag).putInt(tag.type).putInt(data.size()).putInt(tag.count);
      data.writeBytes(tag.value);
    }
    return ByteBuffer.allocate(8 + index.capacity() + data.size())
        .putInt(tags.length)
        .putInt(data.size())
        .put(index.array())
        .put(data.toByteArray())
        .array();
  }

  private static byte[] plain(String name) {
    return header(text(1000, name), text(1001, "1.0"), text(1002, "1.el9"), text(1022, "x86_64"));
  }

  private Path database(int pageSize, List<byte[]> headers) throws SQLException {
    Path file = dir.resolve("rpmdb.sqlite");
    try (Connection db = DriverManager.getConnection("jdbc:sqlite:" + file)) {
      try (Statement make = db.createStatement()) {
        make.execute("PRAGMA page_size = " + pageSize);
        make.execute("CREATE TABLE Name (key TEXT, hnum INTEGER, idx INTEGER)");
        make.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB)");
        make.execute("CREATE INDEX name_idx ON Name(key)");
      }
      db.setAutoCommit(false);
      try (PreparedStatement add = db.prepareStatement("INSERT INTO Packages(blob) VALUES (?)")) {
        for (byte[] header : headers) {
          add.setBytes(1, header);
          add.executeUpdate();
        }
      }
      db.commit();
    }
    return file;
  }

  private List<Listed> read(byte[] file) throws IOException {
    return RpmDatabase.read(Bytes.of(file), skipped::add).packages();
  }

  @Test
  void aPackage() throws IOException, SQLException {
    byte[] header =
        header(
            text(1000, "openssl-libs"),
            text(1001, "3.0.7"),
            text(1002, "27.el9"),
            numbers(1003, 1),
            text(1014, "ASL 2.0"),
            text(1015, "Red Hat <bugs@r>"),
            text(1022, "x86_64"),
            text(1044, "openssl-3.0.7-27.el9.src.rpm"),
            numbers(1116, 0, 1, 1),
            texts(1117, "pki", "libssl.so.3", "libcrypto.so.3"),
            texts(1118, "/etc/", "/usr/lib64/"),
            text(5096, "m:1:2:c"));
    byte[] key = header(text(1000, "gpg-pubkey"), text(1001, "8483c65d"), text(1002, "1"));
    byte[] none = header(text(1001, "1.0"));
    List<Listed> all =
        read(Files.readAllBytes(database(4096, List.of(header, key, none, plain("bash")))));
    assertThat(all).hasSize(2);
    Inventory.Installed one = all.getFirst().installed();
    assertThat(one)
        .isEqualTo(
            new Inventory.Installed(
                Inventory.Manager.RPM,
                "openssl-libs",
                "1:3.0.7-27.el9",
                "x86_64",
                "openssl",
                "1:3.0.7-27.el9",
                "ASL 2.0",
                "Red Hat <bugs@r>",
                "",
                "m:1:2:c",
                ""));
    assertThat(all.getFirst().files())
        .containsExactly("etc/pki", "usr/lib64/libssl.so.3", "usr/lib64/libcrypto.so.3");
    assertThat(Purl.of(one, new Distribution("rhel", "9.4")))
        .isEqualTo(
            "pkg:rpm/rhel/openssl-libs@3.0.7-27.el9?arch=x86_64&distro=rhel-9.4&epoch=1"
                + "&rpmmod=m:1:2:c&upstream=openssl");
    assertThat(all.getLast().installed().source()).isEqualTo("bash");
    assertThat(skipped).isEmpty();
  }

  /// Trees of several levels, rows that go over many pages.
  @ParameterizedTest
  @ValueSource(ints = {512, 4096, 65536})
  void trees(int pageSize) throws IOException, SQLException {
    List<byte[]> headers = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      headers.add(
          i % 7 == 0
              ? header(
                  text(1000, "p" + i),
                  text(1001, "1"),
                  text(1002, "1"),
                  text(1014, "L".repeat(i * 40)))
              : plain("p" + i));
    }
    assertThat(read(Files.readAllBytes(database(pageSize, headers))))
        .extracting(one -> one.installed().name())
        .containsExactlyInAnyOrderElementsOf(
            java.util.stream.IntStream.range(0, 3000).mapToObj(i -> "p" + i).toList());
    assertThat(skipped).isEmpty();
  }

  @Test
  void headersThatMakeNoSense() throws IOException, SQLException {
    byte[] longer = plain("x");
    ByteBuffer.wrap(longer).putInt(4, 1 << 30);
    byte[] entries = plain("x");
    ByteBuffer.wrap(entries).putInt(0, Integer.MAX_VALUE);
    byte[] outside = plain("x");
    ByteBuffer.wrap(outside).putInt(16, 5000);
    byte[] number = header(numbers(1000, 1), text(1001, "1"));
    List<Listed> all =
        read(
            Files.readAllBytes(
                database(
                    4096, List.of(longer, entries, outside, number, new byte[3], plain("good")))));
    assertThat(all).extracting(one -> one.installed().name()).containsExactly("good");
    assertThat(skipped).containsExactly("5 of its packages make no sense");
  }

  @Test
  void noDatabase() {
    assertThatThrownBy(() -> read(new byte[200])).hasMessage("it is no SQLite file");
    assertThatThrownBy(() -> read(Files.readAllBytes(empty())))
        .hasMessage("it has no table Packages");
  }

  private Path empty() throws SQLException {
    Path file = dir.resolve("empty.sqlite");
    try (Connection db = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement make = db.createStatement()) {
      make.execute("CREATE TABLE Other (a)");
    }
    return file;
  }

  /// Whatever is changed in it, reading ends, soon and with a value.
  @Test
  void damaged() throws IOException, SQLException {
    List<byte[]> headers = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      headers.add(header(text(1000, "p" + i), text(1001, "1"), text(1014, "L".repeat(i * 30))));
    }
    byte[] good = Files.readAllBytes(database(512, headers));
    Random random = new Random(3);
    int whole = 0;
    for (int round = 0; round < 3000; round++) {
      byte[] bad = good.clone();
      for (int k = random.nextInt(6); k >= 0; k--) {
        // Mostly where numbers of pages and cells are.
        int page = random.nextInt(bad.length / 512) * 512;
        bad[page + random.nextInt(random.nextInt(3) == 0 ? 512 : 14)] = (byte) random.nextInt();
      }
      PackageFiles.Found found = PackageFiles.read("var/lib/rpm/rpmdb.sqlite", bad, Bytes.of(bad));
      if (found.skipped().isEmpty()) {
        whole++;
      } else {
        assertThat(found.skipped()).allMatch(s -> s.path().equals("var/lib/rpm/rpmdb.sqlite"));
      }
      Optional<Evidence> evidence = found.evidence();
      assertThat(evidence.isPresent() || !found.skipped().isEmpty()).isTrue();
    }
    assertThat(whole).isLessThan(2900);
  }
}
