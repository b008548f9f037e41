package graft.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.archive.ArchiveReader.Loaded;
import graft.archive.ArchiveWriter.Saved;
import graft.error.GraftException;
import graft.image.Image;
import graft.layer.Limits;
import graft.layer.TarEntry;
import graft.layer.TarReader;
import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.oci.Document.Index;
import graft.oci.Document.Manifest;
import graft.oci.MediaTypes;
import graft.oci.Platform;
import graft.oci.Reference;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ArchiveTest {
  private static final Platform AMD64 = new Platform("linux", "amd64");

  private final SampleImages source = new SampleImages();
  private final SampleImages sink = new SampleImages();

  private static Reference name(String text) {
    return Reference.parse(text);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private byte[] save(Saved... images) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ArchiveWriter.write(List.of(images), source, out);
    return out.toByteArray();
  }

  private List<Loaded> load(byte[] archive) throws IOException {
    return ArchiveReader.read(new ByteArrayInputStream(archive), Limits.DEFAULT, AMD64, sink);
  }

  private static Map<String, byte[]> files(byte[] archive) throws IOException {
    TarReader tar =
        new TarReader(new ByteArrayInputStream(archive), Limits.DEFAULT, TarReader.Recorder.NONE);
    Map<String, byte[]> all = new LinkedHashMap<>();
    for (Optional<TarEntry> e = tar.next(); e.isPresent(); e = tar.next()) {
      all.put(e.get().path().toString(), tar.readAll(1 << 20));
    }
    return all;
  }

  private static String text(Map<String, byte[]> files, String path) {
    return new String(files.getOrDefault(path, new byte[0]), StandardCharsets.UTF_8);
  }

  // ---- writing

  @Test
  void theLayoutIsThatOfDocker28() throws IOException {
    Image image = source.image("one");
    Digest layer = image.config().diffIds().getFirst();
    Digest config = image.config().id();
    Map<String, byte[]> files = files(save(new Saved(image, List.of(name("r/a:1")))));
    long size = source.size(layer);
    assertThat(files.keySet())
        .startsWith("blobs", "blobs/sha256")
        .endsWith("index.json", "manifest.json", "oci-layout", "repositories")
        .contains("blobs/sha256/" + layer.hex(), "blobs/sha256/" + config.hex())
        .hasSize(9);
    assertThat(text(files, "manifest.json"))
        .isEqualTo(
            ("[{\"Config\":\"blobs/sha256/C\",\"RepoTags\":[\"r/a:1\"],"
                    + "\"Layers\":[\"blobs/sha256/L\"],"
                    + "\"LayerSources\":{\"sha256:L\":{\"mediaType\":"
                    + "\"application/vnd.oci.image.layer.v1.tar\",\"size\":"
                    + size
                    + ",\"digest\":\"sha256:L\"}}}]\n")
                .replace("C\"", config.hex() + "\"")
                .replace("L\"", layer.hex() + "\""));
    assertThat(text(files, "repositories"))
        .isEqualTo("{\"r/a\":{\"1\":\"" + layer.hex() + "\"}}\n");
    assertThat(text(files, "oci-layout")).isEqualTo("{\"imageLayoutVersion\": \"1.0.0\"}");
    assertThat(text(files, "index.json"))
        .contains("\"io.containerd.image.name\":\"docker.io/r/a:1\"")
        .contains("\"org.opencontainers.image.ref.name\":\"1\"");
  }

  @Test
  void whatImagesShareIsWrittenOnce() throws IOException {
    Image one = source.image("base", "one");
    Image two = source.image("base", "two");
    byte[] archive =
        save(
            new Saved(one, List.of(name("a:1"), name("b:1"))),
            new Saved(two, List.of()),
            new Saved(one, List.of(name("c:1"))));
    List<String> names = new ArrayList<>();
    TarReader tar =
        new TarReader(new ByteArrayInputStream(archive), Limits.DEFAULT, TarReader.Recorder.NONE);
    for (Optional<TarEntry> e = tar.next(); e.isPresent(); e = tar.next()) {
      names.add(e.get().path().toString());
    }
    assertThat(names).doesNotHaveDuplicates();
    // Three layers, two configs, two manifests; two directories and four lists.
    assertThat(names).hasSize(3 + 2 + 2 + 2 + 4);
    assertThat(save(new Saved(one, List.of()))).isEqualTo(save(new Saved(one, List.of())));
  }

  // ---- there and back

  @Test
  void whatWasSavedIsLoaded() throws IOException {
    Image one = source.image("base", "one");
    Image two = source.image("base", "two");
    Image empty = source.image();
    List<Loaded> loaded =
        load(
            save(
                new Saved(one, List.of(name("a:1"), name("reg.example/b/c:2"))),
                new Saved(two, List.of()),
                new Saved(empty, List.of(name("empty:e")))));
    assertThat(loaded).hasSize(3);
    assertThat(loaded.get(0).image().config()).isEqualTo(one.config());
    assertThat(loaded.get(0).image().layers()).isEqualTo(one.layers());
    assertThat(loaded.get(0).names()).containsExactly(name("a:1"), name("reg.example/b/c:2"));
    assertThat(loaded.get(1).names()).isEmpty();
    assertThat(loaded.get(1).image().config().id()).isEqualTo(two.config().id());
    assertThat(loaded.get(2).image().layers()).isEmpty();
    for (Image.Layer layer : one.layers()) {
      assertThat(sink.bytes(layer.blob().digest())).isEqualTo(source.bytes(layer.diffId()));
    }
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream gz = new GZIPOutputStream(out)) {
      gz.write(bytes);
    }
    return out.toByteArray();
  }

  @Test
  void aPackedArchiveIsUnpacked() throws IOException {
    byte[] archive = save(new Saved(source.image("x"), List.of(name("a:1"))));
    assertThat(load(gzip(archive))).hasSize(1);
    assertThat(load(com.github.luben.zstd.Zstd.compress(archive))).hasSize(1);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream bz =
        new org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream(out)) {
      bz.write(archive);
    }
    assertThat(load(out.toByteArray())).hasSize(1);
  }

  // ---- other layouts

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void layerDirectoriesWithLinksInAnyOrder(boolean manifestFirst) throws IOException {
    Image image = source.image("one", "two");
    byte[] first = source.bytes(image.config().diffIds().get(0));
    byte[] second = source.bytes(image.config().diffIds().get(1));
    byte[] manifest =
        utf8(
            "[{\"Config\":\"c.json\",\"RepoTags\":[\"a\"],"
                + "\"Layers\":[\"l1/layer.tar\",\"l2/layer.tar\"]}]");
    Map<String, byte[]> files = new LinkedHashMap<>();
    if (manifestFirst) {
      files.put("manifest.json", manifest);
    }
    files.put("l1/VERSION", utf8("1.0"));
    files.put("l1/layer.tar", utf8("->../l0/layer.tar"));
    files.put("l0/layer.tar", first);
    files.put("l2/layer.tar", second);
    files.put("c.json", image.config().raw().bytes());
    files.put("manifest.json", manifest);
    List<Loaded> loaded = load(SampleImages.tar(files));
    assertThat(loaded).hasSize(1);
    assertThat(loaded.getFirst().image().layers()).isEqualTo(image.layers());
    assertThat(loaded.getFirst().names()).containsExactly(name("a:latest"));
  }

  @Test
  void packedLayersUnderOtherNames() throws IOException {
    Image image = source.image("one");
    byte[] packed = gzip(source.bytes(image.config().diffIds().getFirst()));
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("x.tar.gz", packed);
    files.put("sha256:abc", image.config().raw().bytes());
    files.put(
        "manifest.json",
        utf8("[{\"Config\":\"sha256:abc\",\"RepoTags\":null,\"Layers\":[\"x.tar.gz\"]}]"));
    Image loaded = load(SampleImages.tar(files)).getFirst().image();
    assertThat(loaded.layers().getFirst().blob())
        .isEqualTo(new Descriptor(MediaTypes.OCI_LAYER_GZIP, Digest.of(packed), packed.length));
    assertThat(loaded.config()).isEqualTo(image.config());
  }

  @Test
  void theLayoutOfTheFirstYears() throws IOException {
    String top = "a".repeat(64);
    String bottom = "b".repeat(64);
    Image image = source.image("one", "two");
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put(
        top + "/json",
        utf8(
            "{\"id\":\"T\",\"parent\":\"B\",\"created\":\"2015-01-01T00:00:00Z\",\"os\":\"linux\","
                    .replace("B", bottom)
                + "\"architecture\":\"amd64\",\"config\":{\"Cmd\":[\"sh\"]},"
                + "\"container_config\":{\"Cmd\":[\"/bin/sh\",\"-c\",\"make\"]}}"));
    files.put(top + "/layer.tar", source.bytes(image.config().diffIds().get(1)));
    files.put(bottom + "/json", utf8("{\"architecture\":\"amd64\"}"));
    files.put(bottom + "/layer.tar", source.bytes(image.config().diffIds().get(0)));
    files.put("repositories", utf8("{\"old/img\":{\"1\":\"T\",\"2\":\"T\"}}".replace("T", top)));
    List<Loaded> loaded = load(SampleImages.tar(files));
    assertThat(loaded).hasSize(1);
    assertThat(loaded.getFirst().names()).containsExactly(name("old/img:1"), name("old/img:2"));
    Image found = loaded.getFirst().image();
    assertThat(found.config().diffIds()).isEqualTo(image.config().diffIds());
    assertThat(found.config().config().cmd()).contains(List.of("sh"));
    assertThat(found.config().history().getLast().createdBy()).isEqualTo("/bin/sh -c make");
  }

  private Map<String, byte[]> ociLayout(Map<String, String> annotations) throws IOException {
    Image image = source.image("one");
    byte[] packed = gzip(source.bytes(image.config().diffIds().getFirst()));
    Map<String, byte[]> files = new LinkedHashMap<>();
    Manifest manifest =
        Manifest.create(
            blob(files, MediaTypes.OCI_CONFIG, image.config().raw().bytes()),
            List.of(blob(files, MediaTypes.OCI_LAYER_GZIP, packed)),
            Map.of("kept", "yes"));
    blob(files, MediaTypes.OCI_MANIFEST, manifest.raw().bytes());
    Descriptor arm =
        new Descriptor(
            MediaTypes.OCI_MANIFEST,
            Digest.of(utf8("not in the archive")),
            18,
            Map.of(),
            Optional.of(new Platform("linux", "arm64")));
    Descriptor mine =
        new Descriptor(
            MediaTypes.OCI_MANIFEST,
            manifest.raw().digest(),
            manifest.raw().size(),
            Map.of(),
            Optional.of(AMD64));
    Index inner = Index.create(List.of(arm, mine), Map.of());
    Descriptor d = blob(files, MediaTypes.OCI_INDEX, inner.raw().bytes());
    Index outer =
        Index.create(
            List.of(
                new Descriptor(d.mediaType(), d.digest(), d.size(), annotations, Optional.empty())),
            Map.of());
    files.put("oci-layout", utf8("{\"imageLayoutVersion\":\"1.0.0\"}"));
    files.put("index.json", outer.raw().bytes());
    return files;
  }

  private static Descriptor blob(Map<String, byte[]> files, String type, byte[] bytes) {
    files.put("blobs/sha256/" + Digest.of(bytes).hex(), bytes);
    return new Descriptor(type, Digest.of(bytes), bytes.length);
  }

  @ParameterizedTest
  @CsvSource({
    "io.containerd.image.name,          docker.io/library/a:1, a:1",
    "org.opencontainers.image.ref.name, reg.example/a:1,       reg.example/a:1",
    "org.opencontainers.image.ref.name, 1,                     ''",
    "org.opencontainers.image.ref.name, A:B:C,                 ''",
    "other,                             a:1,                   ''"
  })
  void anOciLayout(String annotation, String value, String expected) throws IOException {
    List<Loaded> loaded = load(SampleImages.tar(ociLayout(Map.of(annotation, value))));
    assertThat(loaded).hasSize(1);
    assertThat(loaded.getFirst().names())
        .isEqualTo(expected.isEmpty() ? List.of() : List.of(name(expected)));
    Image image = loaded.getFirst().image();
    assertThat(image.manifest().annotations()).containsEntry("kept", "yes");
    assertThat(sink.has(image.layers().getFirst().blob().digest())).isTrue();
  }

  @Test
  void aPlatformThatIsNotThereIsSaid() throws IOException {
    byte[] archive = SampleImages.tar(ociLayout(Map.of()));
    assertThatThrownBy(() ->
            ArchiveReader.read(
                new ByteArrayInputStream(archive),
                Limits.DEFAULT,
                new Platform("linux", "s390x"),
                sink))
        .isInstanceOf(GraftException.class)
        .hasMessageContaining("linux/s390x");
  }

  // ---- broken and hostile archives

  private void refused(byte[] archive, String message) {
    assertThatThrownBy(() -> load(archive))
        .isInstanceOf(GraftException.class)
        .hasMessageContaining(message);
  }

  @Test
  void brokenArchives() throws IOException {
    refused(utf8("xxxx"), "unexpected EOF");
    refused(new byte[0], "repositories: no such file or directory");
    refused(new byte[10240], "repositories: no such file or directory");
    refused(new byte[] {0x1f, (byte) 0x8b, 8, 0}, "unexpected EOF");
    byte[] good = save(new Saved(source.image("x"), List.of(name("a:1"))));
    refused(java.util.Arrays.copyOf(good, 3000), "unexpected EOF");
    byte[] packed = gzip(good);
    refused(java.util.Arrays.copyOf(packed, packed.length / 2), "unexpected EOF");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\u0001',
      textBlock =
          """
          manifest.json | {}                                     | manifest.json is not a list
          manifest.json | [                                      | manifest.json is not valid JSON
          manifest.json | [{}]                                   | no such file or directory
          manifest.json | [{"Config":"../../etc/passwd"}]        | open ../../etc/passwd: no such file
          manifest.json | [{"Config":"loop"}]                    | loop of links
          manifest.json | [{"Config":"out"}]                     | no such file or directory
          manifest.json | [{"Config":"c.json","Layers":["x"]}]   | layers length mismatch: expected 0, got 1
          manifest.json | [{"Config":"c.json","RepoTags":["A B"]}] | invalid reference format
          index.json    | {"manifests":7}                        | no list
          index.json    | {"layers":[]}                          | neither
          repositories  | {"a":{"b":"../../x"}}                  | invalid image ID
          repositories  | {"a":{"b":"1111111111111111111111111111111111111111111111111111111111111111"}} | /json: no such file
          repositories  | {"a":{"b":"2222222222222222222222222222222222222222222222222222222222222222"}} | too many parents
          """)
  void brokenLists(String file, String content, String message) throws IOException {
    String two = "2".repeat(64);
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put(file, utf8(content));
    files.put("c.json", utf8("{\"rootfs\":{\"diff_ids\":[]}}"));
    files.put("loop", utf8("->loop2"));
    files.put("loop2", utf8("->loop"));
    files.put("out", utf8("->../../../etc/passwd"));
    files.put(two + "/json", utf8("{\"parent\":\"" + two + "\"}"));
    refused(SampleImages.tar(files), message);
  }

  @Test
  void aBlobMustBeWhatItsNameSays() throws IOException {
    for (String content : List.of("{\"json\":1}", "binary")) {
      refused(SampleImages.tar(Map.of("blobs/sha256/" + "0".repeat(64), utf8(content))), "damaged");
    }
  }

  /// Whatever is done to an archive, reading it ends, with images or with an error of ours.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void mutations(long seed) throws IOException {
    Random random = new Random(seed);
    List<byte[]> seeds =
        List.of(
            save(new Saved(source.image("x", "y"), List.of(name("a:1")))),
            SampleImages.tar(ociLayout(Map.of())),
            gzip(SampleImages.tar(ociLayout(Map.of()))),
            com.github.luben.zstd.Zstd.compress(SampleImages.tar(ociLayout(Map.of()))));
    for (int i = 0; i < 600; i++) {
      byte[] archive = seeds.get(i % seeds.size()).clone();
      for (int n = random.nextInt(4); n >= 0; n--) {
        int at = random.nextInt(archive.length);
        switch (random.nextInt(3)) {
          case 0 -> archive[at] = (byte) random.nextInt();
          case 1 -> archive[at] ^= (byte) (1 << random.nextInt(8));
          default -> archive = java.util.Arrays.copyOf(archive, at + 1);
        }
      }
      try {
        load(archive);
      } catch (GraftException | IOException e) {
        assertThat(e.getMessage()).isNotBlank();
      }
    }
  }
}
