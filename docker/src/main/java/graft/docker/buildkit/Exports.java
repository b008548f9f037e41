package graft.docker.buildkit;

import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.build.BuildEvent;
import graft.build.Builds;
import graft.build.FilesForm;
import graft.build.ImageExport;
import graft.docker.buildkit.proto.Control.Exporter;
import graft.docker.buildkit.session.ClientFiles;
import graft.docker.buildkit.session.ClientLogins;
import graft.docker.buildkit.session.ClientStore;
import graft.docker.buildkit.session.Sessions;
import graft.docker.json.Nodes;
import graft.error.GraftException;
import graft.image.Bundle;
import graft.images.Packed;
import graft.oci.Descriptor;
import graft.oci.Document.Manifest;
import graft.oci.Reference;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;

/// What becomes of a result: an image here or at a registry, or files of the client's.
final class Exports {
  private static final Duration OFTEN = Duration.ofMillis(100);
  private static final String DIGEST = "containerimage.digest";
  private static final String CONFIG = "containerimage.config.digest";
  private static final String DESCRIPTOR = "containerimage.descriptor";
  private static final String NAME = "image.name";
  private static final String CACHE = "cache.manifest";
  private static final Set<String> OF_FILES =
      Set.of("dest", "platform-split", "attestation-prefix");

  private final Job job;
  private final Sessions sessions;
  private final ClientFiles client;
  private final Path scratch;
  private final Map<String, String> response = new LinkedHashMap<>();

  /// @param scratch a directory with room for what a client wants as single files
  Exports(Job job, Sessions sessions, Path scratch) {
    this.job = job;
    this.sessions = sessions;
    this.client = new ClientFiles(sessions, job.request().session());
    this.scratch = scratch;
  }

  /// Refuses before anything is built what cannot be done with it.
  void check() {
    for (Exporter exporter : job.request().exporters()) {
      switch (exporter.type()) {
        case "moby", "image" -> options(exporter).image();
        case "oci", "docker" -> options(exporter).file();
        case "local", "tar" -> ExporterOptions.check(exporter, OF_FILES);
        default ->
            throw GraftException.invalid("exporter \"" + exporter.type() + "\" could not be found");
      }
    }
    var _ = CacheOptions.exports(job.request().cacheExports());
  }

  /// After [#check].
  ///
  /// @return what the client is told of it
  Map<String, String> run(Builds.Result result) throws IOException, InterruptedException {
    List<Exporter> all = job.request().exporters();
    for (int i = 0; i < all.size(); i++) {
      Exporter exporter = all.get(i);
      int number = i;
      switch (exporter.type()) {
        case "moby", "image" -> image(options(exporter), result);
        case "oci", "docker" -> file(number, exporter, result);
        case "local" ->
            vertex(
                "exporting to client directory",
                "copying files",
                progress -> client.directory(number, files(exporter, result), scratch, progress));
        case "tar" ->
            vertex(
                "exporting to client tarball",
                "sending tarball",
                progress -> client.file(number, Map.of(), files(exporter, result), progress));
        default -> throw new IllegalStateException("not checked: " + exporter.type());
      }
    }
    for (CacheOptions.To cache : CacheOptions.exports(job.request().cacheExports())) {
      cache(cache, result);
    }
    return response;
  }

  private ExporterOptions options(Exporter exporter) {
    Map<String, String> options = job.request().options();
    return new ExporterOptions(
        exporter,
        FrontendOptions.isMultiPlatform(options),
        FrontendOptions.sourceDateEpoch(options));
  }

  /// Those of several platforms lie in a directory for each.
  private ClientFiles.Content files(Exporter exporter, Builds.Result result) {
    boolean several =
        result.configs().size() > 1 || FrontendOptions.isMultiPlatform(job.request().options());
    ExporterOptions options = options(exporter);
    FilesForm form =
        new FilesForm(
            exporter.attributes().getOrDefault("attestation-prefix", ""),
            !options.flag("platform-split", true));
    if (options.flag("platform-split", several)) {
      return out -> result.writeTars(form, out);
    }
    if (result.configs().size() > 1) {
      throw GraftException.invalid(
          "files of several platforms cannot lie in one directory: leave platform-split as it is,"
              + " or build for one platform at a time");
    }
    return out -> result.writeTar(result.configs().firstKey(), form, out);
  }

  // ---- images

  private void image(ExporterOptions options, Builds.Result result)
      throws IOException, InterruptedException {
    ImageExport wanted = options.image();
    Builds.Exported exported =
        result.export(wanted, new ClientLogins(sessions, job.request().session()), job.feed());
    exported
        .kept()
        .ifPresent(image -> {
          // As dockerd's: the image's id is what it is known by here.
          response.put(DIGEST, image.id().toString());
          response.put(CONFIG, image.id().toString());
        });
    exported.pushed().ifPresent(this::tell);
    tell(wanted.names());
  }

  /// What a registry or a file has of it.
  private void tell(Bundle bundle) {
    response.put(DIGEST, bundle.descriptor().digest().toString());
    if (bundle.top() instanceof Manifest manifest) {
      response.put(CONFIG, manifest.config().digest().toString());
    } else {
      response.remove(CONFIG);
    }
    response.put(
        DESCRIPTOR,
        Base64.getEncoder()
            .encodeToString(json(bundle.descriptor()).toString().getBytes(StandardCharsets.UTF_8)));
  }

  private void tell(List<Reference> names) {
    if (!names.isEmpty()) {
      response.put(NAME, names.stream().map(Reference::toString).collect(Collectors.joining(",")));
    }
  }

  private static ObjectNode json(Descriptor descriptor) {
    ObjectNode json = Nodes.object();
    json.put("mediaType", descriptor.mediaType());
    json.put("digest", descriptor.digest().toString());
    json.put("size", descriptor.size());
    if (!descriptor.annotations().isEmpty()) {
      ObjectNode annotations = json.putObject("annotations");
      descriptor.annotations().forEach(annotations::put);
    }
    descriptor.platform().ifPresent(p -> json.set("platform", BridgeService.json(p)));
    return json;
  }

  // ---- caches

  private void cache(CacheOptions.To cache, Builds.Result result)
      throws IOException, InterruptedException {
    try {
      Bundle bundle =
          result.exportCache(
              cache.export(),
              new ClientLogins(sessions, job.request().session()),
              (packed, taken) -> layout(cache.store(), packed, taken),
              job.feed());
      // By which a client finds the cache in its directory.
      response.put(CACHE, json(bundle.descriptor()).toString());
    } catch (IOException | GraftException e) {
      if (!cache.mayFail()) {
        throw e;
      }
    }
  }

  // ---- images as files

  private void file(int number, Exporter exporter, Builds.Result result)
      throws IOException, InterruptedException {
    ExporterOptions options = options(exporter);
    boolean docker = exporter.type().equals("docker");
    if (docker && result.configs().size() > 1) {
      throw GraftException.invalid(
          "docker exporter does not currently support exporting manifest lists");
    }
    List<Reference> names = options.names();
    result.pack(
        names,
        options.file(),
        exporter.type(),
        (packed, taken) -> {
          tell(packed.bundle());
          tell(names);
          if (options.tar()) {
            client.file(number, response, out -> packed.writeTo(out, docker), taken);
          } else {
            layout("export", packed, taken);
          }
        },
        job.feed());
  }

  /// Into a directory of the client's, which writes `index.json` itself.
  private void layout(String name, Packed packed, LongConsumer taken)
      throws IOException, InterruptedException {
    ClientStore store = new ClientStore(sessions, job.request().session(), name);
    Bundle bundle = packed.bundle();
    long sent = 0;
    for (Descriptor layer : bundle.layers()) {
      try (InputStream in = packed.open(layer.digest())) {
        store.write(layer, in);
      }
      sent += layer.size();
      taken.accept(sent);
    }
    for (Bundle.Small small : bundle.documents()) {
      store.write(small.descriptor(), new ByteArrayInputStream(small.bytes()));
    }
    for (Manifest manifest : bundle.manifests()) {
      store.write(manifest.descriptor(), new ByteArrayInputStream(manifest.raw().bytes()));
    }
    store.write(bundle.descriptor(), new ByteArrayInputStream(bundle.top().raw().bytes()));
  }

  // ---- files

  @FunctionalInterface
  private interface Work {
    void run(LongConsumer progress) throws IOException, InterruptedException;
  }

  /// Shows work with the count of its bytes.
  private void vertex(String name, String status, Work work)
      throws IOException, InterruptedException {
    StatusFeed feed = job.feed();
    Vertices.run(
        feed,
        name,
        id -> {
          Instant start = Instant.now();
          Instant[] told = {start};
          long[] bytes = {0};
          work.run(n -> {
            bytes[0] = n;
            Instant now = Instant.now();
            if (Duration.between(told[0], now).compareTo(OFTEN) > 0) {
              told[0] = now;
              feed.accept(new BuildEvent.Status(id, now, status, n, 0, start, Optional.empty()));
            }
          });
          Instant now = Instant.now();
          feed.accept(new BuildEvent.Status(id, now, status, bytes[0], 0, start, Optional.of(now)));
        });
  }
}
