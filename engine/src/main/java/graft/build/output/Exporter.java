package graft.build.output;

import graft.build.Builds;
import graft.build.ImageExport;
import graft.build.ImageExport.Push;
import graft.build.ImageForm;
import graft.build.Recipes;
import graft.build.Rooms;
import graft.build.Vertices;
import graft.error.GraftException;
import graft.image.Annotations.Place;
import graft.image.Bundle;
import graft.image.Edits;
import graft.image.Image;
import graft.images.Export;
import graft.images.ImageRecord;
import graft.images.Images;
import graft.images.Progress;
import graft.oci.Digest;
import graft.oci.Platform;
import graft.oci.Reference;
import graft.registry.Credentials;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// Takes the image of a build to where it is wanted, and tells of it in the words of BuildKit.
public final class Exporter {
  private final Rooms rooms;
  private final Vertices.Vertex vertex;
  private final Recipes recipes;

  /// How a platform's image was made.
  public interface Recipes {
    Optional<Images.Recipe> of(Platform platform, Image image)
        throws IOException, InterruptedException;
  }

  /// @param vertex that shows it
  public Exporter(Rooms rooms, Vertices.Vertex vertex, Recipes recipes) {
    this.recipes = recipes;
    this.rooms = rooms;
    this.vertex = vertex;
  }

  /// @param parts one for each platform
  public Builds.Exported run(ImageExport export, List<Bundle.Part> parts, Credentials credentials)
      throws IOException, InterruptedException {
    if (export.push() != Push.NO && export.names().isEmpty()) {
      throw GraftException.invalid("tag is needed when pushing to registry");
    }
    Export all = export(parts, export.names(), export.form());
    Bundle.check(parts, all.style());
    Optional<ImageRecord> kept =
        export.keep() ? Optional.of(keep(export, parts)) : Optional.empty();
    Optional<Bundle> pushed = Optional.empty();
    if (export.push() != Push.NO) {
      Map<String, List<Reference>> repositories = new LinkedHashMap<>();
      for (Reference name : export.names()) {
        repositories.computeIfAbsent(name.name(), _ -> new ArrayList<>()).add(name);
      }
      for (List<Reference> names : repositories.values()) {
        pushed = Optional.of(push(all, names, export.push(), credentials));
      }
    }
    return new Builds.Exported(kept, pushed);
  }

  public static Export export(List<Bundle.Part> parts, List<Reference> names, ImageForm form) {
    return new Export(
        parts,
        names,
        new Bundle.Style(form.index(), form.oci(), form.artifacts(), form.annotations()),
        form.packing());
  }

  private ImageRecord keep(ImageExport export, List<Bundle.Part> parts)
      throws IOException, InterruptedException {
    vertex.status("exporting layers").done();
    Bundle.Part part =
        parts.stream()
            .filter(p -> p.platform().equals(Platform.host()))
            .findFirst()
            .orElse(parts.getFirst());
    if (parts.size() > 1) {
      vertex.status("keeping the image for " + part.platform() + " only").done();
    }
    Map<String, String> annotations = new HashMap<>(part.image().manifest().annotations());
    annotations.putAll(export.form().annotations().of(Place.MANIFEST, part.platform()));
    Image image = Edits.withAnnotations(part.image(), annotations);
    Vertices.Vertex.Status writing = vertex.status("writing image " + image.config().id());
    ImageRecord record =
        rooms.images().keep(image, export.names(), recipes.of(part.platform(), image));
    writing.done();
    export.names().forEach(n -> vertex.status("naming to " + n.withDefaultTag()).done());
    return record;
  }

  private Bundle push(Export all, List<Reference> names, Push how, Credentials credentials)
      throws IOException, InterruptedException {
    Vertices.Vertex.Status pushing = vertex.status("pushing layers");
    Bundle bundle =
        rooms
            .images()
            .push(
                rooms.registries().repository(names.getFirst(), credentials),
                all,
                names,
                how == Push.DIGEST,
                progress());
    pushing.done();
    for (Reference name : names) {
      String shown = how == Push.DIGEST ? name.name() : name.withDefaultTag().toString();
      vertex.status("pushing manifest for " + shown + "@" + bundle.top().raw().digest()).done();
    }
    return bundle;
  }

  /// Each layer that takes its time, as a line below the vertex.
  public Progress progress() {
    return progress(vertex);
  }

  public static Progress progress(Vertices.Vertex vertex) {
    Map<Digest, Vertices.Vertex.Status> shown = new ConcurrentHashMap<>();
    return new Progress() {
      @Override
      public void layer(Digest layer, Phase phase, long current, long total) {
        switch (phase) {
          case PUSHING, PREPARING -> {
            if (current > 0) {
              status(layer).at(current);
            }
          }
          case PUSHED, COMPLETE -> {
            Vertices.Vertex.Status known = shown.get(layer);
            if (known != null) {
              known.done();
            }
          }
          case EXISTS, MOUNTED, WAITING, DOWNLOADING, VERIFYING, DOWNLOADED, EXTRACTING -> {}
        }
      }

      private Vertices.Vertex.Status status(Digest layer) {
        return shown.computeIfAbsent(layer, l -> vertex.status("layer " + l));
      }
    };
  }
}
