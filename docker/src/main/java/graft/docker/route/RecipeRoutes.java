package graft.docker.route;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.build.source.FileTree;
import graft.docker.http.Exchange;
import graft.docker.http.Router;
import graft.docker.json.GoTime;
import graft.docker.json.Nodes;
import graft.engine.Engine;
import graft.error.GraftException;
import graft.facts.Inventories;
import graft.facts.Root;
import graft.image.Attestation;
import graft.images.ImageRecord;
import graft.inventory.CycloneDx;
import graft.inventory.Inventory;
import graft.inventory.Spdx;
import graft.oci.Json;
import graft.oci.Reference;
import graft.recipe.Provenance;
import graft.recipe.Recipe;
import graft.recipe.RecipeJson;
import graft.registry.Repository;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// How an image was made and what is in it: `/graft/v1/images/{name}/recipe`, the files that were
/// used, the SLSA provenance, the packages.
public final class RecipeRoutes {
  private final Engine engine;

  public RecipeRoutes(Engine engine) {
    this.engine = engine;
  }

  public void addTo(Router router) {
    router
        .get("/graft/v1/images/{name:.*}/recipe", this::recipe)
        .get("/graft/v1/images/{name:.*}/recipe/files", this::files)
        .post("/graft/v1/images/{name:.*}/recipe/push", this::push)
        .post("/graft/v1/images/{name:.*}/recipe/pull", this::pull)
        .get("/graft/v1/images/{name:.*}/provenance", this::provenance)
        .get("/graft/v1/images/{name:.*}/sbom", this::sbom);
  }

  private Recipe find(Exchange x) throws IOException {
    ImageRecord image = engine.images().find(x.parameter("name"));
    return engine
        .builds()
        .recipes()
        .find(image)
        .orElseThrow(() ->
            GraftException.notFound(
                "nothing is recorded of how "
                    + x.parameter("name")
                    + " was made: it was not built or committed by this engine, and nothing came with"
                    + " it (graft pull --recipe)"));
  }

  private void recipe(Exchange x) throws IOException {
    x.json(200, RecipeJson.tree(find(x)));
  }

  private void push(Exchange x) throws IOException {
    Reference name = Reference.parse(x.parameter("name"));
    ImageRecord image = engine.images().find(x.parameter("name"));
    Repository repository = engine.registries().repository(name, RegistryAuth.of(x));
    x.json(
        200,
        Nodes.object()
            .put("digest", engine.builds().recipes().push(image, repository, name).toString()));
  }

  private void pull(Exchange x) throws IOException, InterruptedException {
    Reference name = Reference.parse(x.parameter("name"));
    ImageRecord image = engine.images().find(x.parameter("name"));
    Repository repository = engine.registries().repository(name, RegistryAuth.of(x));
    x.json(
        200, Nodes.object().put("found", engine.builds().recipes().pull(image, repository, name)));
  }

  private void provenance(Exchange x) throws IOException {
    if (!(find(x) instanceof Recipe.Build build)) {
      throw GraftException.notFound(
          x.parameter("name") + " was made of a container, of which there is no provenance");
    }
    Map<String, String> attributes = new HashMap<>();
    for (String name : List.of("mode", "version")) {
      if (!x.query(name).isEmpty()) {
        attributes.put(name, x.query(name));
      }
    }
    Attestation made = Provenance.of(attributes).attestation(build, "");
    ObjectNode json = Nodes.object();
    json.put("predicateType", made.predicateType());
    json.set("predicate", Json.object(made.predicate(), "a provenance"));
    x.json(200, json);
  }

  private void sbom(Exchange x) throws IOException {
    ImageRecord image = engine.images().find(x.parameter("name"));
    String format = x.query("format");
    if (!Set.of("", "spdx", "cyclonedx").contains(format)) {
      throw GraftException.invalid("\"" + format + "\" is no format of an SBOM: spdx or cyclonedx");
    }
    Inventory inventory = Inventories.of(Root.of(engine.facts().of(image.diffIds())));
    x.json(
        200,
        format.equals("cyclonedx")
            ? CycloneDx.document(inventory, image.id(), image.created())
            : Spdx.document(inventory, image.id(), image.created()));
  }

  private void files(Exchange x) throws IOException {
    ObjectNode json = Nodes.object();
    ArrayNode all = json.putArray("sources");
    if (find(x) instanceof Recipe.Build build) {
      for (Recipe.Source source : build.sources()) {
        ObjectNode one = all.addObject();
        switch (source.use()) {
          case Recipe.Source.Use.Context(String name) -> one.put("context", name);
          case Recipe.Source.Use.Add(String url) -> one.put("add", url);
        }
        if (source.tree().isPresent()) {
          one.put("kept", source.tree().get().kept());
          ArrayNode files = one.putArray("files");
          engine
              .builds()
              .recipes()
              .files(source.tree().get())
              .entries()
              .forEach((path, entry) -> files.add(file(path, entry)));
        }
      }
    }
    x.json(200, json);
  }

  private static ObjectNode file(String path, FileTree.Entry entry) {
    FileTree.Attributes a = entry.attributes();
    ObjectNode json = Nodes.object();
    json.put("path", path);
    switch (entry) {
      case FileTree.Directory _ -> json.put("type", "directory");
      case FileTree.File f ->
          json.put("type", "file").put("size", f.size()).put("content", f.content().toString());
      case FileTree.Symlink s -> json.put("type", "symlink").put("link", s.target());
    }
    json.put("mode", String.format("%04o", a.mode()));
    json.put("uid", a.uid());
    json.put("gid", a.gid());
    json.put("mtime", GoTime.of(a.modified()));
    if (!a.xattrs().isEmpty()) {
      ObjectNode xattrs = json.putObject("xattrs");
      for (Map.Entry<String, byte[]> x : a.xattrs().entrySet()) {
        xattrs.put(x.getKey(), x.getValue());
      }
    }
    return json;
  }
}
