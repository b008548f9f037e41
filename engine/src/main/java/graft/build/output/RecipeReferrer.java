package graft.build.output;

import graft.error.GraftException;
import graft.images.ImageRecord;
import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.oci.Document;
import graft.oci.MediaTypes;
import graft.oci.Reference;
import graft.recipe.Recipe;
import graft.recipe.RecipeJson;
import graft.registry.Progress;
import graft.registry.Repository;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A recipe at a registry: an artifact that names the image's manifest as its subject. It has the
/// Dockerfile, arguments and digests, as the provenance of `mode=max` has them; neither the
/// contents of contexts nor the lists of their files go along.
///
/// Source: OCI image-spec v1.1, "Guidelines for Artifact Usage".
final class RecipeReferrer {
  static final String TYPE = "application/vnd.graft.recipe.v1+json";
  private static final byte[] EMPTY = "{}".getBytes(StandardCharsets.UTF_8);

  /// Of an image; there may be anything among them.
  private static final int MOST = 100;

  private final Repository repository;
  private final Reference name;
  private final ImageRecord image;

  /// @param name under which the registry has the image
  RecipeReferrer(Repository repository, Reference name, ImageRecord image) {
    this.repository = repository;
    this.name = name;
    this.image = image;
  }

  /// @return of the artifact
  Digest push(Recipe.Build recipe) {
    Document.Manifest subject = subject();
    Document.Manifest artifact =
        Document.Manifest.create(
            MediaTypes.OCI_MANIFEST,
            TYPE,
            blob(MediaTypes.OCI_EMPTY, EMPTY),
            List.of(blob(TYPE, RecipeJson.write(recipe.withoutFiles()))),
            Map.of(),
            Optional.of(subject.descriptor()));
    return repository.refer(artifact, TYPE).digest();
  }

  private Descriptor blob(String type, byte[] bytes) {
    Descriptor blob = new Descriptor(type, Digest.of(bytes), bytes.length);
    var _ =
        repository.push(
            blob,
            offset -> {
              ByteArrayInputStream in = new ByteArrayInputStream(bytes);
              in.skipNBytes(offset);
              return in;
            },
            List.of(),
            Progress.NONE);
    return blob;
  }

  /// Empty if the registry has none that is this image's.
  Optional<Recipe.Build> pull() {
    for (Descriptor one :
        repository.referrers(subject().raw().digest()).stream().limit(MOST).toList()) {
      if (repository.manifest(one.digest()).document() instanceof Document.Manifest artifact
          && artifact.layers().size() == 1
          && artifact.layers().getFirst().mediaType().equals(TYPE)
          && RecipeJson.read(repository.document(artifact.layers().getFirst()))
              instanceof Recipe.Build recipe
          && recipe.layers().equals(image.diffIds())) {
        return Optional.of(recipe.withoutFiles());
      }
    }
    return Optional.empty();
  }

  /// The image's manifest as the registry has it.
  private Document.Manifest subject() {
    Document top = repository.resolve(name.withDefaultTag()).document();
    Optional<Document.Manifest> found =
        switch (top) {
          case Document.Manifest manifest -> Optional.of(manifest);
          case Document.Index index ->
              index
                  .select(image.platform())
                  .map(d -> repository.manifest(d.digest()).document())
                  .filter(Document.Manifest.class::isInstance)
                  .map(Document.Manifest.class::cast);
        };
    return found
        .filter(m -> m.config().digest().equals(image.id()))
        .orElseThrow(() ->
            GraftException.conflict(
                "what the registry has as "
                    + name.familiar()
                    + " is not the image "
                    + image.id().shortHex()
                    + " that is here; push or pull it first"));
  }
}
