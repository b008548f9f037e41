package graft.rollout;

import graft.advisory.Match;
import graft.error.GraftException;
import graft.facts.Inventories;
import graft.facts.LayerFacts;
import graft.image.Image;
import graft.images.ImageRecord;
import graft.inventory.Inventory;
import graft.oci.Digest;
import graft.recipe.Recipe;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// The images of an engine.
record EngineMaterial(Rooms rooms) implements Material {
  @Override
  public ImageRecord record(Digest id) {
    return rooms
        .images()
        .byId(id)
        .orElseThrow(() -> GraftException.notFound("No such image: " + id));
  }

  @Override
  public Image image(Digest id) throws IOException {
    return rooms.images().open(record(id));
  }

  @Override
  public List<LayerFacts> facts(List<Digest> diffIds) throws IOException {
    return rooms.facts().of(diffIds);
  }

  @Override
  public Optional<Recipe> recipe(Digest id) throws IOException {
    return rooms.builds().recipes().find(record(id));
  }

  @Override
  public long size(Digest diffId) {
    return rooms.images().layerSize(diffId);
  }

  @Override
  public Set<String> vulnerabilities(List<LayerFacts> layers) throws IOException {
    Set<String> all = new TreeSet<>();
    if (layers.isEmpty() || database().isEmpty()) {
      return all;
    }
    Inventory inventory = Inventories.atTop(layers);
    rooms.advisories().match(inventory).open().stream().map(Match::vulnerability).forEach(all::add);
    return all;
  }

  /// Of the advisories, if there are any.
  Optional<Digest> database() throws IOException {
    var status = rooms.advisories().status();
    return status.sources().isEmpty() ? Optional.empty() : Optional.of(status.digest());
  }

  @Override
  public InputStream open(Digest diffId, String path) throws IOException {
    return rooms.facts().open(diffId, path);
  }
}
