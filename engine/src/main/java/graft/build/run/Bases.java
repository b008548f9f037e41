package graft.build.run;

import graft.build.BuildClient;
import graft.build.BuildRequest;
import graft.build.Rooms;
import graft.build.Vertices;
import graft.build.run.BuildRun.Start;
import graft.error.GraftException;
import graft.images.ImageRecord;
import graft.images.Images;
import graft.images.Leases;
import graft.images.Progress;
import graft.oci.Digest;
import graft.oci.Platform;
import graft.oci.Reference;
import graft.registry.Repository;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.FutureTask;
import java.util.function.Function;

/// The images a build begins with, each looked up once, and pulled if it is not here.
final class Bases {
  private record Wanted(String name, Platform platform) {}

  private final Rooms rooms;
  private final BuildRequest request;
  private final BuildClient client;
  private final Vertices vertices;
  private final Function<String, Optional<Outcome>> results;
  private final Given given;
  private final Map<Wanted, FutureTask<Start>> found = new ConcurrentHashMap<>();
  private final Set<Digest> borrowed = ConcurrentHashMap.newKeySet();

  /// Images that are known before they are looked up.
  interface Given {
    Given NONE = (_, _) -> Optional.empty();

    Optional<ImageRecord> find(String name, Platform platform);
  }

  /// @param results what other builds have made and not let go
  /// @param given what is not to be looked up
  Bases(
      Rooms rooms,
      BuildRequest request,
      BuildClient client,
      Vertices vertices,
      Function<String, Optional<Outcome>> results,
      Given given) {
    this.given = given;
    this.rooms = rooms;
    this.request = request;
    this.client = client;
    this.vertices = vertices;
    this.results = results;
  }

  Start get(String name, Platform platform) throws IOException, InterruptedException {
    FutureTask<Start> fresh = new FutureTask<>(() -> load(name, platform));
    FutureTask<Start> task = found.putIfAbsent(new Wanted(name, platform), fresh);
    if (task == null) {
      task = fresh;
      fresh.run();
    }
    return BuildRun.await(task);
  }

  /// An image in an OCI layout of the client's.
  ///
  /// @param name that it stands for
  /// @param lease holds its layers
  Start layout(
      String name, BuildRequest.Source.Layout layout, Platform platform, Leases.Lease lease)
      throws IOException, InterruptedException {
    FutureTask<Start> fresh =
        new FutureTask<>(() ->
            vertices.around(
                "[context " + name + "] OCI load from client",
                List.of(),
                vertex -> {
                  Images.Borrowed image =
                      rooms
                          .images()
                          .borrow(
                              client.blobs("oci:" + layout.store()),
                              layout.digest(),
                              platform,
                              lease,
                              Progress.SILENT);
                  borrowed.addAll(image.record().diffIds());
                  return new Start(image.record(), image.image(), shown(name, layout.digest()));
                }));
    FutureTask<Start> task =
        found.putIfAbsent(new Wanted(layout.store() + "@" + layout.digest(), platform), fresh);
    if (task == null) {
      task = fresh;
      fresh.run();
    }
    return BuildRun.await(task);
  }

  /// The name with the digest, if it may be an image's.
  private static String shown(String name, Digest digest) {
    try {
      return Reference.parse(name).withDigest(digest).toString();
    } catch (GraftException e) {
      return "context@" + digest;
    }
  }

  /// Layers that came for this build alone.
  List<Digest> borrowed() {
    return List.copyOf(borrowed);
  }

  private Start load(String name, Platform platform) throws IOException, InterruptedException {
    Reference reference = Reference.parse(name).withDefaultTag();
    return vertices.around(
        "[internal] load metadata for " + reference,
        List.of(),
        vertex -> {
          try {
            ImageRecord record = find(name, reference, platform, vertex);
            return new Start(record, rooms.images().open(record), reference.toString());
          } catch (GraftException e) {
            throw new GraftException(
                e.kind(),
                name + ": failed to resolve source metadata for " + reference + ": " + e.text(),
                e);
          }
        });
  }

  private ImageRecord find(
      String name, Reference reference, Platform platform, Vertices.Vertex vertex)
      throws IOException, InterruptedException {
    Optional<ImageRecord> known = given.find(name, platform);
    if (known.isPresent()) {
      return known.get();
    }
    if (request.pull() == BuildRequest.Pull.MISSING || isId(name)) {
      try {
        ImageRecord here = rooms.images().find(name);
        if (here.platform().serves(platform) || isId(name)) {
          return here;
        }
        Optional<ImageRecord> sibling = rooms.images().sibling(here, reference, platform);
        if (sibling.isPresent()) {
          return sibling.get();
        }
      } catch (GraftException e) {
        if (e.kind() != GraftException.Kind.NOT_FOUND || isId(name)) {
          throw e;
        }
      }
    }
    Map<Digest, Vertices.Vertex.Status> shown = new ConcurrentHashMap<>();
    Progress progress =
        new Progress() {
          @Override
          public void layer(Digest layer, Phase phase, long current, long total) {
            Vertices.Vertex.Status status =
                shown.computeIfAbsent(layer, l -> vertex.status(l.toString()));
            switch (phase) {
              case DOWNLOADING -> status.at(current);
              case COMPLETE, EXISTS -> status.done();
              case WAITING,
                  VERIFYING,
                  DOWNLOADED,
                  EXTRACTING,
                  PREPARING,
                  PUSHING,
                  PUSHED,
                  MOUNTED -> {}
            }
          }
        };
    Repository repository = rooms.registries().repository(reference, client.credentials());
    // A name means the image for this machine: what is built for another does not move it.
    Images.Pulled pulled =
        platform.serves(Platform.host())
            ? rooms.images().pull(repository, reference, platform, progress)
            : rooms.images().pullUnnamed(repository, reference, platform, progress);
    return pulled.image();
  }

  /// `FROM sha256:…`, as the classic builder takes it.
  private static boolean isId(String name) {
    return name.matches("(sha256:)?[0-9a-f]{64}");
  }

  /// What another build has made.
  Outcome result(String id) {
    return results
        .apply(id)
        .orElseThrow(() -> GraftException.notFound("no result of a build has the id " + id));
  }
}
