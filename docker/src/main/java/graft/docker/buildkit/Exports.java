package graft.docker.buildkit;

import graft.build.BuildEvent;
import graft.build.Builds;
import graft.docker.buildkit.proto.Control.Exporter;
import graft.docker.buildkit.session.ClientFiles;
import graft.docker.buildkit.session.Sessions;
import graft.error.GraftException;
import graft.images.ImageRecord;
import graft.oci.Platform;
import graft.oci.Reference;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;

/// What becomes of a result: an image here, or files of the client's.
final class Exports {
  private static final Duration OFTEN = Duration.ofMillis(100);

  private final Job job;
  private final ClientFiles client;
  private final Path scratch;
  private final Map<String, String> response = new LinkedHashMap<>();

  /// @param scratch a directory with room for what a client wants as single files
  Exports(Job job, Sessions sessions, Path scratch) {
    this.job = job;
    this.client = new ClientFiles(sessions, job.request().session());
    this.scratch = scratch;
  }

  /// @return what the client is told of it
  Map<String, String> run(Builds.Result result) throws IOException, InterruptedException {
    List<Exporter> all = job.request().exporters();
    for (int i = 0; i < all.size(); i++) {
      Exporter exporter = all.get(i);
      int number = i;
      switch (exporter.type()) {
        case "moby", "image" -> store(exporter, result);
        case "local" ->
            vertex(
                "exporting to client directory",
                "copying files",
                progress ->
                    client.directory(
                        number, out -> result.writeTar(only(result), out), scratch, progress));
        case "tar" ->
            vertex(
                "exporting to client tarball",
                "sending tarball",
                progress ->
                    client.file(
                        number, Map.of(), out -> result.writeTar(only(result), out), progress));
        default ->
            throw GraftException.invalid("exporter \"" + exporter.type() + "\" could not be found");
      }
    }
    return response;
  }

  private static Platform only(Builds.Result result) {
    if (result.configs().size() != 1) {
      throw GraftException.invalid(
          "files of a build for several platforms cannot be exported; build for one at a time");
    }
    return result.configs().firstKey();
  }

  private void store(Exporter exporter, Builds.Result result)
      throws IOException, InterruptedException {
    List<Reference> names = FrontendOptions.names(exporter);
    ImageRecord image = result.store(names, job.feed());
    // As dockerd's: the image's id is what it is known by here.
    response.put("containerimage.digest", image.id().toString());
    response.put("containerimage.config.digest", image.id().toString());
    if (!names.isEmpty()) {
      response.put(
          "image.name", names.stream().map(Reference::toString).collect(Collectors.joining(",")));
    }
  }

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
