package graft.build.run;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import graft.build.BuildEvent;
import graft.build.BuildRequest;
import graft.build.Builds;
import graft.build.CacheExport;
import graft.build.CacheSource;
import graft.build.RequestBuilder;
import graft.engine.BusyboxTar;
import graft.image.Bundle;
import graft.images.BlobReader;
import graft.images.ImageRecord;
import graft.images.Packed;
import graft.images.Packing;
import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.registry.Credentials;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Layers of an imported cache that vanish after they were promised.
@Tag("root")
class ImportedCacheRootTest {
  private static final String DOCKERFILE =
      """
      FROM busybox:1 AS one
      RUN cat /proc/sys/kernel/random/uuid >/one
      FROM busybox:1 AS two
      RUN --mount=type=cache,target=/c echo began; touch /c/began; while [ ! -e /c/go ]; do sleep 0.05; done; echo two >/two
      FROM busybox:1
      COPY --from=one /one /
      COPY --from=two /two /
      """;

  @TempDir Path dir;
  private BuildLab lab;
  private final Store store = new Store();
  private Digest top;

  @BeforeEach
  void open() throws Exception {
    assumeTrue(BusyboxTar.available(), "busybox-static is not installed");
    lab = new BuildLab(dir);
    // What another engine has: the first stage alone, under the key that it has here.
    FakeClient client = lab.client().file("Dockerfile", DOCKERFILE);
    try (Builds.Result result =
        lab.engine().builds().build(new RequestBuilder().target("one").make(), client, _ -> {})) {
      CacheExport all = new CacheExport(new CacheExport.To.Client(), true, true, Packing.GZIP);
      top = result.exportCache(all, Credentials.NONE, store::take, _ -> {}).top().raw().digest();
    }
    lab.engine().builds().prune(true, Duration.ZERO, 0);
  }

  @AfterEach
  void close() throws Exception {
    lab.close();
  }

  /// A store of the client's, whose layers can vanish.
  private static final class Store implements BlobReader {
    private final Map<Digest, byte[]> blobs = new ConcurrentHashMap<>();
    private final Map<Digest, CountDownLatch> vanishing = new ConcurrentHashMap<>();

    void take(Packed packed, java.util.function.LongConsumer taken) throws IOException {
      Bundle bundle = packed.bundle();
      blobs.put(bundle.top().raw().digest(), bundle.top().raw().bytes());
      bundle.documents().forEach(d -> blobs.put(d.descriptor().digest(), d.bytes()));
      bundle.manifests().forEach(m -> blobs.put(m.raw().digest(), m.raw().bytes()));
      for (Descriptor layer : bundle.layers()) {
        try (InputStream in = packed.open(layer.digest())) {
          blobs.put(layer.digest(), in.readAllBytes());
        }
        vanishing.put(layer.digest(), new CountDownLatch(1));
      }
      taken.accept(0);
    }

    /// Layers are there until somebody reads them, which is answered once that may be.
    void vanish() {
      vanishing.values().forEach(CountDownLatch::countDown);
    }

    @Override
    public Optional<Long> size(Digest digest) {
      return Optional.ofNullable(blobs.get(digest)).map(b -> (long) b.length);
    }

    @Override
    public InputStream open(Descriptor blob) throws IOException, InterruptedException {
      CountDownLatch latch = vanishing.get(blob.digest());
      if (latch != null) {
        assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
        throw new IOException("it has gone");
      }
      return new ByteArrayInputStream(requireNonNull(blobs.get(blob.digest())));
    }
  }

  private Path cacheMount() throws IOException {
    try (Stream<Path> all = Files.walk(dir.resolve("data"))) {
      return requireNonNull(
          all.filter(p -> p.endsWith("began")).findFirst().orElseThrow().getParent());
    }
  }

  /// The layer is promised, and its loss is noticed while another stage runs: that goes on, and
  /// what it makes is made once.
  @Test
  void anotherStageGoesOnWhenALayerVanishes() throws Exception {
    FakeClient client = lab.client().file("Dockerfile", DOCKERFILE);
    client.stores.put("cache", store);
    CountDownLatch lost = new CountDownLatch(1);
    BuildRequest request = BuildLab.caches(BuildLab.request(), new CacheSource.Store("cache", top));
    Thread let =
        Thread.ofVirtual()
            .start(() -> {
              try {
                assertThat(lost.await(60, TimeUnit.SECONDS)).isTrue();
                Thread.sleep(300); // Long enough for whoever would interrupt it.
                Files.createFile(cacheMount().resolve("go"));
              } catch (IOException | InterruptedException e) {
                throw new AssertionError(e);
              }
            });
    lab.events.clear();
    ImageRecord image;
    try (Builds.Result result =
        lab.engine()
            .builds()
            .build(
                request,
                client,
                event -> {
                  lab.events.add(event);
                  switch (event) {
                    case BuildEvent.Output _ -> store.vanish();
                    case BuildEvent.Failed _ -> lost.countDown();
                    default -> {
                      // of no interest
                    }
                  }
                })) {
      image = result.store(List.of(), _ -> {});
    }
    let.join();
    assertThat(lab.output()).isEqualTo("began\n");
    assertThat(lab.steps())
        .filteredOn(s -> s.contains("] RUN") && !s.endsWith("CACHED"))
        .hasSize(2)
        .doesNotHaveDuplicates();
    Map<String, String> tree = lab.tree(image);
    assertThat(tree).containsEntry("/two", "644 0:0 two\n");
    assertThat(tree.get("/one")).matches("644 0:0 [0-9a-f-]{36}\n");
  }
}
