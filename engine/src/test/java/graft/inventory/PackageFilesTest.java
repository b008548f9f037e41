package graft.inventory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import graft.inventory.Inventory.Installed;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class PackageFilesTest {
  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static PackageFiles.Found read(String path, byte[] file) throws IOException {
    return PackageFiles.read(path, file, Bytes.of(file));
  }

  private static List<Installed> components(PackageFiles.Found found) {
    return found.evidence().orElse(null) instanceof Evidence.Components(List<Installed> all)
        ? all
        : List.of();
  }

  private static List<String> purls(String path, byte[] file) throws IOException {
    PackageFiles.Found found = read(path, file);
    assertThat(found.skipped()).isEmpty();
    return components(found).stream().map(p -> Purl.of(p, Distribution.UNKNOWN)).toList();
  }

  private static String reason(String path, byte[] file) throws IOException {
    PackageFiles.Found found = read(path, file);
    return found.skipped().isEmpty() ? "" : found.skipped().getFirst().reason();
  }

  static Stream<Arguments> texts() {
    return Stream.of(
        arguments(
            "app/node_modules/left-pad/package.json",
            "{\"name\":\"left-pad\",\"version\":\"1.3.0\",\"license\":\"WTFPL\"}",
            "pkg:npm/left-pad@1.3.0"),
        arguments(
            "app/node_modules/@babel/core/package.json",
            "{\"version\":\"7.1.0\",\"name\":\"@babel/core\"}",
            "pkg:npm/%40babel/core@7.1.0"),
        arguments(
            "usr/lib/node_modules/npm/node_modules/a/package.json",
            "{\"name\":\"a\",\"version\":\"1\",\"license\":{\"type\":\"MIT\"}}",
            "pkg:npm/a@1"),
        arguments(
            "usr/lib/python3/dist-packages/Flask_Login-0.6.3.dist-info/METADATA",
            "Metadata-Version: 2.1\nName: Flask_Login\nVersion: 0.6.3\nLicense: MIT\n\nName: no",
            "pkg:pypi/flask-login@0.6.3"),
        arguments(
            "opt/x/six.egg-info/PKG-INFO", "Name: six\nVersion: 1.16.0\n", "pkg:pypi/six@1.16.0"),
        arguments("opt/x/old-1.egg-info", "Name: old\nVersion: 1\n", "pkg:pypi/old@1"),
        arguments(
            "var/lib/gems/3.1.0/specifications/rack-2.2.6.gemspec",
            """
            Gem::Specification.new do |s|
              s.name = "rack".freeze
              s.version = "2.2.6"
              s.required_rubygems_version = Gem::Requirement.new(">= 0".freeze)
              s.licenses = ["MIT".freeze]
            """,
            "pkg:gem/rack@2.2.6"),
        arguments(
            "usr/lib/ruby/gems/3.1.0/specifications/default/json-2.6.1.gemspec",
            "s.name = 'json'\ns.version = Gem::Version.new(\"2.6.1\")\n",
            "pkg:gem/json@2.6.1"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("texts")
  void text(String path, String text, String purl) throws IOException {
    assertThat(purls(path, utf8(text))).containsExactly(purl);
    assertThat(components(read(path, utf8(text)))).allMatch(p -> p.path().equals(path));
  }

  @ParameterizedTest
  @CsvSource({
    "app/package.json",
    "app/node_modules/a/test/fixtures/package.json",
    "app/node_modules/.package-lock.json",
    "app/node_modules/.bin/package.json",
    "usr/share/METADATA",
    "specifications/readme",
    "x/foo.gemspec",
    "a.jarx",
    "lib/dpkg/status-old",
    "x/info/a.list",
  })
  void passedOver(String path) {
    assertThat(PackageFiles.concern(path, utf8("{}  "))).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "node_modules/a/package.json|{|it is no JSON object",
        "node_modules/a/package.json|[]|it is no JSON object",
        "node_modules/a/package.json|{\"type\":\"module\"}|it names no package, or no version",
        "a.dist-info/METADATA|Name: x|it names no package, or no version",
        "specifications/a.gemspec|s.name = NAME|it names no package, or no version",
        "a.jar|PK no zip|it is no zip, or not whole",
        "usr/lib/sysimage/rpm/Packages.db|x|a database of rpm in the format of Berkeley DB or NDB,"
            + " which is not read",
        "var/lib/rpm/rpmdb.sqlite-wal|x|changes that are not yet in the database beside it were not"
            + " read",
        "var/lib/rpm/rpmdb.sqlite|x|a part of it (100 bytes at 0) is outside of it",
      })
  void skipped(String path, String text, String reason) throws IOException {
    assertThat(reason(path, utf8(text))).isEqualTo(reason);
    assertThat(read(path, utf8(text)).evidence()).isEmpty();
  }

  private static byte[] zip(Map<String, byte[]> files) throws IOException {
    return zip(files, ZipEntry.DEFLATED);
  }

  private static byte[] zip(Map<String, byte[]> files, int method) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> file : new TreeMap<>(files).entrySet()) {
        ZipEntry entry = new ZipEntry(file.getKey());
        entry.setMethod(method);
        if (method == ZipEntry.STORED) {
          CRC32 sum = new CRC32();
          sum.update(file.getValue());
          entry.setSize(file.getValue().length);
          entry.setCrc(sum.getValue());
        }
        zip.putNextEntry(entry);
        zip.write(file.getValue());
      }
    }
    return bytes.toByteArray();
  }

  private static final String POM = "META-INF/maven/%s/%s/pom.properties";

  private static Map<String, byte[]> pom(String group, String artifact, String version) {
    return Map.of(
        POM.formatted(group, artifact),
        utf8("version=%s\ngroupId=%s\nartifactId=%s\n".formatted(version, group, artifact)));
  }

  @Test
  void aJarWithOthersInIt() throws IOException {
    TreeMap<String, byte[]> shaded = new TreeMap<>(pom("org.a", "one", "1.0"));
    shaded.putAll(pom("org.b", "two", "2.0"));
    shaded.put("META-INF/MANIFEST.MF", utf8("Manifest-Version: 1.0\nImplementation-Title: no\n"));
    assertThat(purls("opt/app.jar", zip(shaded)))
        .containsExactly("pkg:maven/org.a/one@1.0", "pkg:maven/org.b/two@2.0");
  }

  @Test
  void jarsInAWarInAnEar() throws IOException {
    byte[] jar = zip(pom("org.a", "one", "1.0"));
    byte[] war = zip(Map.of("WEB-INF/lib/one.jar", jar), ZipEntry.STORED);
    byte[] ear =
        zip(Map.of("web.war", war, "lib/two.jar", zip(pom("org.b", "two", "2")), "x.txt", jar));
    PackageFiles.Found found = read("srv/app.ear", ear);
    assertThat(found.skipped()).isEmpty();
    assertThat(components(found))
        .extracting(Installed::path)
        .containsExactly("srv/app.ear!/lib/two.jar", "srv/app.ear!/web.war!/WEB-INF/lib/one.jar");
  }

  /// As Spring Boot's that start themselves.
  @Test
  void aScriptBeforeAJar() throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(utf8("#!/bin/sh\nexec java -jar \"$0\"\n"));
    all.writeBytes(zip(pom("org.a", "one", "1.0")));
    assertThat(purls("app.jar", all.toByteArray())).containsExactly("pkg:maven/org.a/one@1.0");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "commons-lang3-3.12.0.jar|Bundle-SymbolicName: org.apache.commons.lang3"
            + "|pkg:maven/org.apache.commons/commons-lang3@3.12.0",
        "guava.jar|Bundle-SymbolicName: com.google.guava;x=y\\nBundle-Version: 31.1"
            + "|pkg:maven/com.google/com.google.guava@31.1",
        "x-1.2.jar|Implementation-Vendor-Id: org.x\\nImplementation-Version: 9"
            + "|pkg:maven/org.x/x@1.2",
        "tool.jar|Implementation-Title: tool\\nImplementation-Version: 4|pkg:maven/tool@4",
        "plain-2.0.jar|X: y|pkg:maven/plain@2.0",
      })
  void manifests(String name, String manifest, String purl) throws IOException {
    byte[] jar =
        zip(
            Map.of(
                "META-INF/MANIFEST.MF",
                utf8("Manifest-Version: 1.0\n" + manifest.replace("\\n", "\n") + "\n")));
    assertThat(purls("lib/" + name, jar)).containsExactly(purl);
  }

  @Test
  void moreEntriesThanSixteenBitsCount() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (int i = 0; i < 70_000; i++) {
        zip.putNextEntry(new ZipEntry("c" + i));
      }
      zip.putNextEntry(new ZipEntry(POM.formatted("g", "a")));
      zip.write(utf8("groupId=g\nartifactId=a\nversion=1\n"));
    }
    assertThat(purls("big.jar", bytes.toByteArray())).containsExactly("pkg:maven/g/a@1");
  }

  @Test
  void bombs() throws IOException {
    byte[] zeros = new byte[100 << 20];
    assertThat(reason("bomb.war", zip(Map.of("a.jar", zeros))))
        .isEqualTo("bomb.war!/a.jar: an entry is larger than 100663296 bytes");
    byte[] nested = zip(pom("g", "a", "1"));
    for (int i = 0; i < 7; i++) {
      nested = zip(Map.of("n.jar", nested));
    }
    assertThat(reason("deep.jar", nested)).endsWith("more than 5 archives in each other");

    // What is whole beside it is read all the same.
    byte[] mixed = zip(Map.of("bad.jar", new byte[] {1}, "good.jar", zip(pom("g", "a", "1"))));
    PackageFiles.Found found = read("mixed.war", mixed);
    assertThat(components(found)).hasSize(1);
    assertThat(found.skipped())
        .containsExactly(
            new Skipped("mixed.war", "mixed.war!/bad.jar: it is no zip, or not whole"));
  }

  @Test
  void damagedArchives() throws IOException {
    byte[] good =
        zip(
            Map.of(
                "a.jar",
                zip(pom("g", "a", "1")),
                "META-INF/MANIFEST.MF",
                utf8("X: y\n"),
                "b",
                utf8("b")));
    Random random = new Random(11);
    int damaged = 0;
    for (int round = 0; round < 3000; round++) {
      byte[] bad = good.clone();
      for (int k = random.nextInt(4); k >= 0; k--) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt();
      }
      damaged += read("x-1.jar", bad).skipped().isEmpty() ? 0 : 1;
    }
    assertThat(damaged).isGreaterThan(500);
  }

  /// An ELF file of one section, written by hand.
  private static byte[] elf(boolean wide, boolean big, String section, byte[] content) {
    byte[] names = utf8("\0.shstrtab\0" + section + "\0");
    int header = wide ? 64 : 52;
    int entry = wide ? 64 : 40;
    int at = header + names.length + content.length;
    ByteBuffer out = ByteBuffer.allocate(at + 3 * entry);
    out.order(big ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN);
    out.put(new byte[] {0x7f, 'E', 'L', 'F', (byte) (wide ? 2 : 1), (byte) (big ? 2 : 1), 1});
    if (wide) {
      out.putLong(40, at);
    } else {
      out.putInt(32, at);
    }
    int sizes = wide ? 58 : 46;
    out.putShort(sizes, (short) entry);
    out.putShort(sizes + 2, (short) 3);
    out.putShort(sizes + 4, (short) 1);
    out.put(header, names).put(header + names.length, content);
    section(out, wide, at + entry, 1, header, names.length);
    section(out, wide, at + 2 * entry, 11, header + names.length, content.length);
    return out.array();
  }

  private static void section(
      ByteBuffer out, boolean wide, int at, int name, int offset, int size) {
    out.putInt(at, name);
    if (wide) {
      out.putLong(at + 24, offset).putLong(at + 32, size);
    } else {
      out.putInt(at + 16, offset).putInt(at + 20, size);
    }
  }

  private static byte[] go(String version, String modules, int flags) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes("\u00ff Go buildinf:".getBytes(StandardCharsets.ISO_8859_1));
    out.write(8);
    out.write(flags);
    out.writeBytes(new byte[16]);
    for (String text : List.of(version, modules)) {
      byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
      int left = bytes.length;
      while (left >= 128) {
        out.write(left | 0x80);
        left >>>= 7;
      }
      out.write(left);
      out.writeBytes(bytes);
    }
    return out.toByteArray();
  }

  private static final String MODULES =
      "0123456789abcdef"
          + "path\texample.com/cmd\n"
          + "mod\texample.com/App\t(devel)\t\n"
          + "dep\tgolang.org/x/net\tv0.1.0\th1:a=\n"
          + "dep\tgithub.com/old/one\tv1.0.0\n"
          + "=>\tgithub.com/new/one\tv1.0.1\th1:b=\n"
          + "build\t-compiler=gc\n"
          + "0123456789abcdef";

  @ParameterizedTest
  @CsvSource({"true, false", "true, true", "false, false"})
  void goPrograms(boolean wide, boolean big) throws IOException {
    byte[] file = elf(wide, big, ".go.buildinfo", go("go1.22.3 X:loop", MODULES, 2));
    assertThat(purls("usr/bin/app", file))
        .containsExactly(
            "pkg:golang/stdlib@1.22.3",
            "pkg:golang/example.com/app",
            "pkg:golang/golang.org/x/net@v0.1.0",
            "pkg:golang/github.com/new/one@v1.0.1");
  }

  @Test
  void goProgramsThatAreNotRead() throws IOException {
    assertThat(reason("a", elf(true, false, ".go.buildinfo", go("go1.17", MODULES, 0))))
        .isEqualTo("built by a Go before 1.18, whose build information is not read");
    byte[] cut = go("go1.22", MODULES, 2);
    assertThat(reason("a", elf(true, false, ".go.buildinfo", Arrays.copyOf(cut, 60))))
        .isEqualTo("its Go build information ends early");
    assertThat(reason("a", elf(true, false, ".go.buildinfo", new byte[40])))
        .isEqualTo("its Go build information has no such beginning");
  }

  private static byte[] packed(byte[] plain) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (DeflaterOutputStream deflate = new DeflaterOutputStream(out)) {
      deflate.write(plain);
    }
    return out.toByteArray();
  }

  @Test
  void rustPrograms() throws IOException {
    byte[] crates =
        utf8(
            """
            {"packages":[
              {"name":"adler","version":"1.0.2","source":"registry"},
              {"name":"cc","version":"1.0.0","source":"registry","kind":"build"},
              {"name":"me","version":"0.1.0","source":"local","root":true}]}\
            """);
    assertThat(purls("usr/bin/app", elf(true, false, ".dep-v0", packed(crates))))
        .containsExactly("pkg:cargo/adler@1.0.2", "pkg:cargo/me@0.1.0");
    assertThat(reason("a", elf(true, false, ".dep-v0", new byte[20])))
        .isEqualTo("its list of crates is damaged");
    assertThat(reason("a", elf(true, false, ".dep-v0", packed(utf8("[1]")))))
        .isEqualTo("its list of crates is no JSON");
    assertThat(reason("a", elf(true, false, ".dep-v0", packed(new byte[20 << 20]))))
        .isEqualTo("its list of crates is larger than 16 MB");
  }

  @Test
  void damagedPrograms() throws IOException {
    byte[] good = elf(true, false, ".go.buildinfo", go("go1.22.3", MODULES, 2));
    Random random = new Random(5);
    for (int round = 0; round < 3000; round++) {
      byte[] bad = good.clone();
      for (int k = random.nextInt(4); k >= 0; k--) {
        bad[4 + random.nextInt(bad.length - 4)] = (byte) random.nextInt();
      }
      Optional<Evidence> ignored = read("a", bad).evidence();
      assertThat(ignored).isNotNull();
    }
  }

  @Test
  void filesOfAPackage() throws IOException {
    assertThat(read("var/lib/dpkg/info/a.list", utf8("/.\n/usr\n/usr/bin/a\n")).evidence())
        .contains(new Evidence.Files(List.of("usr", "usr/bin/a")));
    assertThat(read("var/lib/dpkg/status.d/a.md5sums", utf8("00ff  usr/bin/a b\n")).evidence())
        .contains(new Evidence.Files(List.of("usr/bin/a b")));
  }

  @ParameterizedTest
  @CsvSource({
    "install ok installed, true",
    "hold ok installed, true",
    "install ok triggers-pending, true",
    "install ok triggers-awaited, true",
    "install ok half-installed, false",
    "deinstall ok config-files, false",
    "purge ok not-installed, false",
    "'', false"
  })
  void whatDpkgCallsInstalled(String status, boolean installed) {
    assertThat(PackageFiles.isInstalled(status)).isEqualTo(installed);
  }
}
