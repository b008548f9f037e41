package graft.docker.route;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.docker.http.Exchange;
import graft.docker.http.Router;
import graft.docker.json.GoTime;
import graft.docker.json.Nodes;
import graft.engine.Engine;
import graft.error.GraftException;
import graft.oci.Digest;
import graft.oci.Reference;
import graft.rollout.Generation;
import graft.rollout.Plan;
import graft.rollout.Rollouts;
import graft.rollout.StoredPlan;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Plans of other bases for whole trees of images, carrying them out, and the way back:
/// `/graft/v1/lineage/plans` and `/graft/v1/lineage/generations`.
///
/// `POST plans` makes one, `POST plans/bring` takes one from a file, `POST recreate` makes
/// containers anew whose image's name has moved. What happens while one is carried out is answered
/// as lines of JSON, see [RolloutLines].
public final class RolloutRoutes {
  private static final String ROOT = "/graft/v1/lineage";
  private static final int LARGEST_PLAN = 64 << 20;

  private final Engine engine;

  public RolloutRoutes(Engine engine) {
    this.engine = engine;
  }

  public void addTo(Router router) {
    router
        .get(ROOT + "/plans", this::plans)
        .post(ROOT + "/plans", this::plan)
        .post(ROOT + "/plans/bring", this::bring)
        .get(ROOT + "/plans/{digest}", this::show)
        .delete(ROOT + "/plans/{digest}", this::drop)
        .post(ROOT + "/plans/{digest}/apply", this::apply)
        .post(ROOT + "/recreate", this::recreate)
        .get(ROOT + "/generations", this::generations)
        .post(ROOT + "/generations/{number}/rollback", this::rollback)
        .delete(ROOT + "/generations/{number}", this::forget);
  }

  private Rollouts rollouts() {
    return engine.rollouts();
  }

  // ---- plans

  private void plans(Exchange x) throws IOException {
    ArrayNode all = Nodes.array();
    for (StoredPlan stored : rollouts().plans()) {
      ObjectNode one = all.addObject();
      one.put("digest", stored.digest().toString());
      one.put("created", GoTime.of(stored.created()));
      switch (stored) {
        case StoredPlan.Readable r -> {
          one.put("kind", r.plan().kind().word());
          one.put("what", r.plan().what());
          one.put("state", rollouts().state(r.plan()));
        }
        case StoredPlan.Unreadable u -> {
          one.putNull("kind");
          one.put("what", u.why());
          one.put("state", "unreadable");
        }
      }
    }
    x.json(200, all);
  }

  private void plan(Exchange x) throws IOException, InterruptedException {
    ObjectNode body = x.json();
    Plan.Options options =
        new Plan.Options(
            body.path("allowReleaseChange").asBoolean(), body.path("force").asBoolean());
    switch (body.path("kind").asText()) {
      case "rebase" ->
          x.json(
              200,
              Rollouts.json(
                  rollouts()
                      .plan(
                          new Rollouts.Rebase(
                              required(body, "image"),
                              required(body, "onto"),
                              body.path("tree").asBoolean(),
                              body.path("replace").asBoolean(),
                              options))));
      case "fix" -> {
        List<String> images = new ArrayList<>();
        body.path("images").forEach(i -> images.add(i.asText()));
        x.json(
            200,
            Rollouts.json(
                rollouts()
                    .fix(
                        required(body, "what"),
                        images,
                        how(body.path("how").asText("")),
                        body.path("onto").asText(""),
                        options)));
      }
      default -> throw GraftException.invalid("kind is rebase or fix");
    }
  }

  private static String required(ObjectNode body, String field) {
    String value = body.path(field).asText("");
    if (value.isBlank()) {
      throw GraftException.invalid(field + " is missing");
    }
    return value;
  }

  private static Optional<Plan.How> how(String word) {
    if (word.isEmpty()) {
      return Optional.empty();
    }
    for (Plan.How one : Plan.How.values()) {
      if (one.word().equals(word) && one != Plan.How.GIVEN) {
        return Optional.of(one);
      }
    }
    throw GraftException.invalid("how is pull, rerun or patch, and not \"" + word + "\"");
  }

  private void bring(Exchange x) throws IOException {
    byte[] file = x.body().readNBytes(LARGEST_PLAN + 1);
    if (file.length > LARGEST_PLAN) {
      throw GraftException.invalid("the plan is larger than " + (LARGEST_PLAN >> 20) + " MB");
    }
    x.json(200, rollouts().file(rollouts().bring(file).digest()));
  }

  private void show(Exchange x) throws IOException {
    x.json(200, rollouts().file(digest(x)));
  }

  private void drop(Exchange x) throws IOException {
    rollouts().drop(digest(x));
    x.empty(204);
  }

  private static Digest digest(Exchange x) {
    String given = x.parameter("digest");
    return Digest.parse(given.contains(":") ? given : "sha256:" + given);
  }

  private void apply(Exchange x) throws IOException, InterruptedException {
    ObjectNode body = x.jsonOrEmpty();
    Rollouts.Apply how =
        new Rollouts.Apply(
            test(body.path("test")),
            onFailure(body.path("onFailure").asText("stop")),
            recreate(body.path("recreate").asBoolean(), body.path("grace").asText("")),
            body.path("force").asBoolean());
    Digest digest = digest(x);
    try (RolloutLines lines = new RolloutLines(x)) {
      lines.run(() -> rollouts().apply(digest, how, lines));
    }
  }

  /// Of containers whose image's name has moved.
  private void recreate(Exchange x) throws IOException, InterruptedException {
    ObjectNode body = x.jsonOrEmpty();
    List<String> names = new ArrayList<>();
    body.path("containers").forEach(c -> names.add(c.asText()));
    Rollouts.OnFailure onFailure = onFailure(body.path("onFailure").asText("stop"));
    Duration grace = recreate(true, body.path("grace").asText("")).orElseThrow();
    try (RolloutLines lines = new RolloutLines(x)) {
      lines.run(() -> rollouts().recreate(names, onFailure, grace, lines));
    }
  }

  static Optional<List<String>> test(JsonNode node) {
    if (node.isTextual() && !node.asText().isBlank()) {
      return Optional.of(List.of("/bin/sh", "-c", node.asText()));
    }
    List<String> words = new ArrayList<>();
    node.forEach(word -> words.add(word.asText()));
    return words.isEmpty() ? Optional.empty() : Optional.of(words);
  }

  /// How long a container has to run, if containers are to be made anew.
  private static Optional<Duration> recreate(boolean wanted, String grace) {
    if (!grace.matches("[0-9]{0,6}")) {
      throw GraftException.invalid("grace is a number of seconds, and not \"" + grace + "\"");
    }
    Duration seconds =
        grace.isEmpty() ? Rollouts.Apply.GRACE : Duration.ofSeconds(Integer.parseInt(grace));
    return wanted ? Optional.of(seconds) : Optional.empty();
  }

  private static Rollouts.OnFailure onFailure(String word) {
    for (Rollouts.OnFailure one : Rollouts.OnFailure.values()) {
      if (one.name().toLowerCase(Locale.ROOT).equals(word)) {
        return one;
      }
    }
    throw GraftException.invalid(
        "onFailure is stop, continue or rollback, and not \"" + word + "\"");
  }

  // ---- generations

  private void generations(Exchange x) throws IOException {
    ArrayNode all = Nodes.array();
    for (Generation one : rollouts().generations()) {
      ObjectNode json = all.addObject();
      json.put("generation", one.generation());
      json.put("created", GoTime.of(one.created()));
      json.put("what", one.what());
      json.put("plan", one.plan().toString());
      ArrayNode names = json.putArray("names");
      for (Generation.Moved name : one.names()) {
        names
            .addObject()
            .put("name", Reference.parse(name.name()).familiar())
            .put("from", name.from().toString())
            .put("to", name.to().toString());
      }
      json.put("state", rollouts().state(one));
    }
    x.json(200, all);
  }

  private static int number(Exchange x) {
    try {
      return Integer.parseInt(x.parameter("number"));
    } catch (NumberFormatException e) {
      throw new GraftException(
          GraftException.Kind.INVALID, x.parameter("number") + " is no number", e);
    }
  }

  private void rollback(Exchange x) throws IOException, InterruptedException {
    try (RolloutLines lines = new RolloutLines(x)) {
      Optional<Duration> recreate = recreate(x.flag("recreate"), x.query("grace"));
      lines.run(() -> rollouts().rollback(number(x), x.flag("force"), recreate, lines));
    }
  }

  private void forget(Exchange x) throws IOException {
    rollouts().forget(number(x));
    x.empty(204);
  }
}
