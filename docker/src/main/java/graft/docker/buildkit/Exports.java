package graft.docker.buildkit;

import graft.build.Builds;
import graft.docker.buildkit.proto.Control.Exporter;
import graft.docker.buildkit.session.Sessions;
import graft.error.GraftException;
import graft.images.ImageRecord;
import graft.oci.Reference;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// What becomes of a result: an image here, or files of the client's.
final class Exports {
  private final Job job;

  Exports(Job job, Sessions sessions) {
    this.job = job;
  }

  /// @return what the client is told of it
  Map<String, String> run(Builds.Result result) throws IOException, InterruptedException {
    Map<String, String> response = new LinkedHashMap<>();
    for (Exporter exporter : job.request().exporters()) {
      switch (exporter.type()) {
        case "moby", "image" -> store(exporter, result, response);
        default ->
            throw GraftException.invalid("exporter \"" + exporter.type() + "\" could not be found");
      }
    }
    return response;
  }

  private void store(Exporter exporter, Builds.Result result, Map<String, String> response)
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
}
