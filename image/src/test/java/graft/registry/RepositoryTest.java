package graft.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import graft.error.GraftException;
import graft.error.GraftException.Kind;
import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.oci.Document;
import graft.oci.MediaTypes;
import graft.oci.Reference;
import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class RepositoryTest extends RegistryCase {
  private static Arguments row(String name, Consumer<FakeRegistry> fault) {
    return Arguments.of(name, fault);
  }

  static Stream<Arguments> mended() {
    return Stream.of(
        row("none", f -> {}),
        row("cut once", f -> f.cuts.set(1)),
        row("cut often, each time further", f -> f.cuts.set(20)),
        row(
            "cut and no ranges",
            f -> {
              f.cuts.set(3);
              f.ignoreRanges = true;
            }),
        row("500 twice", f -> f.failures.set(2)),
        row(
            "429 with seconds",
            f -> {
              f.failures.set(1);
              f.failStatus = 429;
              f.retryAfter = "7";
            }),
        row(
            "503 with a date",
            f -> {
              f.failures.set(1);
              f.failStatus = 503;
              f.retryAfter = "Thu, 1 Jan 2026 00:00:05 GMT";
            }),
        row(
            "408",
            f -> {
              f.failures.set(1);
              f.failStatus = 408;
            }));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("mended")
  void downloadsInSpiteOf(String name, Consumer<FakeRegistry> fault) throws Exception {
    byte[] layer = bytes(50_000);
    Descriptor blob = fake.addBlob("a/b", MediaTypes.OCI_LAYER_GZIP, layer);
    fault.accept(fake);
    List<Long> seen = new ArrayList<>();
    repository().download(blob, store, (at, total) -> seen.add(at));
    assertThat(store.read(blob.digest(), 100_000)).isEqualTo(layer);
    assertThat(seen.getLast()).isEqualTo(50_000);
    if (!fake.retryAfter.isEmpty()) {
      assertThat(pause.slept).containsExactly(Duration.ofSeconds(fake.failStatus == 429 ? 7 : 5));
    }
  }

  static Stream<Arguments> fatal() {
    return Stream.of(
        Arguments.of("wrong bytes", (Consumer<FakeRegistry>) f -> f.wrongBytes = true, "not that"),
        Arguments.of("too much", (Consumer<FakeRegistry>) f -> f.tooMuch = true, "more than"),
        Arguments.of("500 for ever", (Consumer<FakeRegistry>) f -> f.failures.set(99), "500"),
        Arguments.of(
            "501",
            (Consumer<FakeRegistry>)
                f -> {
                  f.failures.set(1);
                  f.failStatus = 501;
                },
            "501"),
        Arguments.of(
            "a Retry-After of an hour",
            (Consumer<FakeRegistry>)
                f -> {
                  f.failures.set(1);
                  f.failStatus = 429;
                  f.retryAfter = "3600";
                },
            "toomanyrequests"),
        Arguments.of(
            "cut at once for ever",
            (Consumer<FakeRegistry>)
                f -> {
                  f.cuts.set(999);
                  f.cutAfter = 0;
                },
            "connection broke"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("fatal")
  void givesUpOn(String name, Consumer<FakeRegistry> fault, String text) {
    Descriptor blob = fake.addBlob("a/b", MediaTypes.OCI_LAYER_GZIP, bytes(50_000));
    fault.accept(fake);
    assertThatThrownBy(() -> repository().download(blob, store, Progress.NONE))
        .isInstanceOf(GraftException.class)
        .hasMessageContaining(text);
    assertThat(store.info(blob.digest())).isEmpty();
    assertThat(pause.slept).hasSizeLessThan(6);
  }

  @Test
  void goesOnWhereAnotherProcessStopped() throws Exception {
    byte[] layer = bytes(50_000);
    Descriptor blob = fake.addBlob("a/b", MediaTypes.OCI_LAYER_GZIP, layer);
    try (var in = store.ingest(blob.digest().toString())) {
      in.write(ByteBuffer.wrap(layer, 0, 20_000));
    }
    List<Long> seen = new ArrayList<>();
    repository().download(blob, store, (at, total) -> seen.add(at));
    assertThat(seen.getFirst()).isGreaterThan(20_000);
    assertThat(store.read(blob.digest(), 100_000)).isEqualTo(layer);
  }

  @Test
  void startsAgainWhereThePartWasBad() throws Exception {
    Descriptor blob = fake.addBlob("a/b", MediaTypes.OCI_LAYER_GZIP, bytes(50_000));
    try (var in = store.ingest(blob.digest().toString())) {
      in.write(ByteBuffer.wrap(new byte[20_000]));
    }
    repository().download(blob, store, Progress.NONE);
    assertThat(store.info(blob.digest())).isPresent();
  }

  @Test
  void resolvesTagsAndDigests() {
    Document.Manifest image = fake.addImage("a/b", "1", "{}".getBytes(UTF_8), bytes(10));
    Resolved byTag = repository().resolve(reference("a/b:1"));
    assertThat(byTag.descriptor()).isEqualTo(image.descriptor());
    assertThat(byTag.document()).isEqualTo(image);
    assertThat(repository().manifest(image.raw().digest())).isEqualTo(byTag);
  }

  @Test
  void nobodyListens() {
    assertThatThrownBy(() ->
            registries
                .repository(Reference.parse("127.0.0.1:1/a"), Credentials.NONE)
                .resolve(Reference.parse("127.0.0.1:1/a")))
        .hasMessage(
            "Get \"http://127.0.0.1:1/v2/\": dial tcp 127.0.0.1:1: connect: connection refused");
  }

  @Test
  void aManifestWithOtherBytesIsNotTaken() {
    fake.addImage("a/b", "1", "{}".getBytes(UTF_8));
    fake.wrongBytes = true;
    assertThatThrownBy(() -> repository().resolve(reference("a/b:1")))
        .hasMessageContaining("manifest verification failed");
  }

  @Test
  void readsAllPagesOfTags() {
    for (String tag : List.of("a", "b", "c", "d", "e")) {
      fake.addImage("a/b", tag, "{}".getBytes(UTF_8));
    }
    fake.tagsPerPage = 2;
    assertThat(repository().tags()).containsExactly("a", "b", "c", "d", "e");
  }

  static Stream<Arguments> uploads() {
    return Stream.of(
        row("none", f -> {}),
        row("cut once", f -> f.uploadCuts.set(1)),
        row("cut twice", f -> f.uploadCuts.set(2)),
        row("500", f -> f.failures.set(1)),
        row("basic", f -> f.auth = FakeRegistry.Auth.BASIC),
        row("bearer", f -> f.auth = FakeRegistry.Auth.BEARER));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("uploads")
  void pushesInSpiteOf(String name, Consumer<FakeRegistry> fault) {
    byte[] layer = bytes(50_000);
    Descriptor blob = new Descriptor(MediaTypes.OCI_LAYER_GZIP, Digest.of(layer), layer.length);
    fault.accept(fake);
    BlobSource source = at -> new ByteArrayInputStream(layer, (int) at, layer.length - (int) at);
    Repository to = repository(LOGIN);
    assertThat(to.push(blob, source, List.of(), Progress.NONE))
        .isEqualTo(Repository.Pushed.UPLOADED);
    assertThat(fake.blob(blob.digest())).isEqualTo(layer);
    assertThat(to.push(blob, source, List.of(), Progress.NONE)).isEqualTo(Repository.Pushed.EXISTS);
    Document.Manifest manifest = Document.Manifest.create(blob, List.of(blob), Map.of());
    to.push(manifest, Optional.of("t"));
    assertThat(to.resolve(reference("a/b:t")).document()).isEqualTo(manifest);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("uploads")
  void pushesAStreamInSpiteOf(String name, Consumer<FakeRegistry> fault) {
    byte[] layer = bytes(20_000_000);
    fault.accept(fake);
    Descriptor blob =
        repository(LOGIN)
            .push(MediaTypes.OCI_LAYER, new ByteArrayInputStream(layer), Progress.NONE);
    assertThat(blob.digest()).isEqualTo(Digest.of(layer));
    assertThat(blob.size()).isEqualTo(layer.length);
    assertThat(fake.hasBlob("a/b", blob.digest())).isTrue();
  }

  @Test
  void mountsFromAnotherRepositoryOrUploads() {
    byte[] layer = bytes(1000);
    Descriptor blob = fake.addBlob("other", MediaTypes.OCI_LAYER, layer);
    BlobSource source = at -> new ByteArrayInputStream(layer);
    assertThat(repository().push(blob, source, List.of("other"), Progress.NONE))
        .isEqualTo(Repository.Pushed.MOUNTED);
    byte[] more = bytes(1001);
    Descriptor second = fake.addBlob("other", MediaTypes.OCI_LAYER, more);
    fake.refuseMounts = true;
    BlobSource again = at -> new ByteArrayInputStream(more);
    assertThat(repository().push(second, again, List.of("other"), Progress.NONE))
        .isEqualTo(Repository.Pushed.UPLOADED);
  }

  @Test
  void asksTheMirrorFirstAndTheRegistryWhereTheMirrorFails(@TempDir Path certs) throws Exception {
    try (FakeRegistry mirror = new FakeRegistry()) {
      Path directory = Files.createDirectories(certs.resolve(fake.host()));
      Files.writeString(
          directory.resolve("hosts.toml"),
          "server = \"http://%s\"\n[host.\"http://%s\"]\ncapabilities = [\"pull\", \"resolve\"]\n"
              .formatted(fake.host(), mirror.host()));
      Document.Manifest one = mirror.addImage("a/b", "1", "{}".getBytes(UTF_8));
      Document.Manifest two = fake.addImage("a/b", "2", "{ }".getBytes(UTF_8));
      fake.auth = FakeRegistry.Auth.BASIC;
      try (Registries mirrored =
          new Registries(
              RegistryOptions.defaults()
                  .withCertsDirs(List.of(certs))
                  .withEnvironment(Map.of())
                  .withPause(pause))) {
        Repository repository =
            mirrored.repository(reference("a/b"), Credentials.fixed(fake.host(), LOGIN));
        assertThat(repository.resolve(reference("a/b:1")).document()).isEqualTo(one);
        assertThat(fake.log).isEmpty();
        assertThat(repository.resolve(reference("a/b:2")).document()).isEqualTo(two);
        assertThat(mirror.log).noneMatch(l -> l.contains("+auth")).anyMatch(l -> l.contains("ns="));
        repository.push(one, Optional.of("3"));
        assertThat(fake.hasManifest("a/b", "3")).isTrue();
      }
    }
  }

  @Test
  void anInterruptedDownloadStopsAndCanBeResumed() throws Exception {
    Descriptor blob = fake.addBlob("a/b", MediaTypes.OCI_LAYER_GZIP, bytes(50_000));
    fake.gate.drainPermits();
    AtomicReference<GraftException> failure = new AtomicReference<>();
    Repository from = repository();
    Thread reader =
        Thread.ofVirtual()
            .start(() ->
                failure.set(
                    catchThrowableOfType(
                        GraftException.class, () -> from.download(blob, store, Progress.NONE))));
    while (!fake.gate.hasQueuedThreads()) {
      Thread.onSpinWait();
    }
    reader.interrupt();
    reader.join();
    assertThat(failure.get()).extracting(GraftException::kind).isEqualTo(Kind.CANCELLED);
    fake.gate.release(10);
    from.download(blob, store, Progress.NONE);
    assertThat(store.info(blob.digest())).isPresent();
  }

  @ParameterizedTest
  @CsvSource({"'', true", "other.example, true", "'', false"})
  void asksThroughTheProxyOfTheEnvironment(String exempt, boolean proxied) {
    // The insecure registry is tried with TLS first, which goes nowhere.
    String host = proxied ? "reg.example:5000" : fake.host();
    Map<String, String> environment =
        Map.of(
            "http_proxy",
            proxied ? fake.host() : "127.0.0.1:1",
            "HTTPS_PROXY",
            "http://127.0.0.1:1",
            "NO_PROXY",
            exempt);
    Document.Manifest image = fake.addImage("a/b", "1", "{}".getBytes(UTF_8));
    try (Registries through =
        new Registries(
            RegistryOptions.defaults()
                .withCertsDirs(List.of())
                .withInsecure(List.of("reg.example:5000"))
                .withEnvironment(environment)
                .withPause(pause))) {
      Reference name = Reference.parse(host + "/a/b:1");
      Resolved found = through.repository(name, Credentials.NONE).resolve(name);
      assertThat(found.document()).isEqualTo(image);
    }
  }
}
