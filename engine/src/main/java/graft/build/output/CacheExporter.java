package graft.build.output;

import graft.build.Builds;
import graft.build.CacheExport;
import graft.build.Rooms;
import graft.build.Vertices;
import graft.build.cache.CacheRecords;
import graft.build.cache.Kept;
import graft.image.Annotations;
import graft.image.Bundle;
import graft.image.Edits;
import graft.image.Image;
import graft.images.Export;
import graft.images.Packed;
import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.oci.ImageConfig.Settings;
import graft.oci.MediaTypes;
import graft.oci.Platform;
import graft.oci.Reference;
import graft.registry.Credentials;
import graft.snapshot.LayerStore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Takes results of steps elsewhere: an image whose layers they are, though it makes no sense to
/// run it, and whose config says which step made which; see [CacheRecords].
public final class CacheExporter {
  private final Rooms rooms;
  private final Vertices.Vertex vertex;
  private final Credentials credentials;
  private final Builds.Taker taker;

  public CacheExporter(
      Rooms rooms, Vertices.Vertex vertex, Credentials credentials, Builds.Taker taker) {
    this.rooms = rooms;
    this.vertex = vertex;
    this.credentials = credentials;
    this.taker = taker;
  }

  /// @param steps of the build, on each other in order
  /// @param wanted layers of the image, which are all if not all are to go
  public Bundle run(CacheExport export, List<Kept> steps, Set<Digest> wanted)
      throws IOException, InterruptedException {
    Vertices.Vertex.Status preparing = vertex.status("preparing build cache for export");
    Map<Digest, Kept> byKey = new LinkedHashMap<>();
    steps.forEach(k -> byKey.putIfAbsent(k.key(), k));
    Bundle.Part part =
        new Bundle.Part(
            Platform.host(), image(export, List.copyOf(byKey.values()), wanted), List.of());
    List<Reference> names =
        switch (export.to()) {
          case CacheExport.To.Registry(Reference name) -> List.of(name);
          case CacheExport.To.Client() -> List.of();
        };
    Export all =
        new Export(
            List.of(part),
            names,
            new Bundle.Style(false, export.oci(), false, Annotations.NONE),
            export.packing());
    preparing.done();
    Vertices.Vertex.Status writing = vertex.status("writing layers");
    Bundle bundle =
        switch (export.to()) {
          case CacheExport.To.Registry(Reference name) ->
              rooms
                  .images()
                  .push(
                      rooms.registries().repository(name, credentials),
                      all,
                      names,
                      false,
                      Exporter.progress(vertex));
          case CacheExport.To.Client() -> take(all, writing);
        };
    writing.done();
    vertex.status("writing cache image manifest " + bundle.top().raw().digest()).done();
    return bundle;
  }

  private Bundle take(Export all, Vertices.Vertex.Status writing)
      throws IOException, InterruptedException {
    try (Packed packed = rooms.images().pack(all, Exporter.progress(vertex))) {
      taker.take(packed, writing::at);
      return packed.bundle();
    }
  }

  private Image image(CacheExport export, List<Kept> steps, Set<Digest> wanted) {
    Map<Digest, Image.Layer> layers = new LinkedHashMap<>();
    for (Kept step : steps) {
      Optional<LayerStore.Info> info = rooms.layers().info(step.layer());
      // Of what came from another cache and was not needed, only the name is known here.
      if (info.isPresent() && (export.all() || wanted.contains(step.layer()))) {
        Descriptor blob = new Descriptor(MediaTypes.OCI_LAYER, step.layer(), info.get().tarSize());
        layers.putIfAbsent(step.layer(), new Image.Layer(blob, step.layer()));
      }
    }
    Image image =
        Edits.build(
            Edits.fromScratch(Platform.host()),
            new ArrayList<>(layers.values()),
            List.of(),
            Settings.EMPTY,
            "");
    return Edits.withField(image, Edits.CACHE, CacheRecords.write(steps));
  }
}
