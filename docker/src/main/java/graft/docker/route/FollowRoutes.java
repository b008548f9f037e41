package graft.docker.route;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.docker.hook.Notice;
import graft.docker.http.Exchange;
import graft.docker.http.Router;
import graft.docker.json.GoTime;
import graft.docker.json.Nodes;
import graft.engine.Engine;
import graft.error.GraftException;
import graft.rollout.Follow;
import graft.rollout.Plan;
import graft.rollout.Poll;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// Names that are followed, `/graft/v1/lineage/follow`, and what registries tell of theirs, `POST
/// /graft/v1/lineage/webhook`, in any form that [Notice] knows.
public final class FollowRoutes {
  private static final String ROOT = "/graft/v1/lineage";

  private final Engine engine;

  public FollowRoutes(Engine engine) {
    this.engine = engine;
  }

  public void addTo(Router router) {
    router
        .get(ROOT + "/follow", this::list)
        .put(ROOT + "/follow/{name:.*}", this::follow)
        .delete(ROOT + "/follow/{name:.*}", this::leave)
        .post(ROOT + "/follow/{name:.*}/ask", this::ask)
        .post(ROOT + "/webhook", this::webhook);
  }

  private void list(Exchange x) throws IOException {
    ArrayNode all = Nodes.array();
    engine.rollouts().follows().list().forEach(one -> all.add(json(one)));
    x.json(200, all);
  }

  private ObjectNode json(Follow one) {
    ObjectNode json = Nodes.object();
    json.put("name", one.name());
    ObjectNode policy = json.putObject("policy");
    policy.set(
        "verdicts",
        Nodes.texts(one.policy().verdicts().stream().sorted().map(Plan.Verdict::word).toList()));
    policy.set(
        "trust",
        Nodes.texts(one.policy().trust().stream().sorted().map(Plan.Vouched::word).toList()));
    policy.put("rerun", one.policy().rerun());
    policy.put("recreate", one.policy().recreate());
    policy.set("test", one.policy().test().map(Nodes::texts).orElse(null));
    json.put("state", one.state().name().toLowerCase(Locale.ROOT));
    json.putNull("last");
    one.last()
        .ifPresent(last ->
            json.putObject("last")
                .put("at", GoTime.of(last.at()))
                .put("text", last.text())
                .put("plan", last.plan().map(Object::toString).orElse(null)));
    registry(json.putObject("registry"), engine.rollouts().follows().poll(one));
    return json;
  }

  private static void registry(ObjectNode json, Poll poll) {
    poll.every()
        .ifPresentOrElse(e -> json.put("every", e.toSeconds()), () -> json.putNull("every"));
    json.put("asked", poll.asked().map(GoTime::of).orElse(null));
    json.put("next", poll.next().map(GoTime::of).orElse(null));
    json.put("digest", poll.taken().map(Object::toString).orElse(null));
    json.put("failures", poll.failures());
    json.put("trouble", poll.trouble());
  }

  private void follow(Exchange x) throws IOException {
    ObjectNode body = x.jsonOrEmpty();
    Follow.Policy careful = Follow.Policy.CAREFUL;
    Set<Plan.Verdict> verdicts = new LinkedHashSet<>();
    for (String word : words(body.path("verdicts"))) {
      verdicts.add(verdict(word));
    }
    Set<Plan.Vouched> trust = new LinkedHashSet<>();
    for (String word : words(body.path("trust"))) {
      trust.add(trust(word));
    }
    Follow.Policy policy =
        new Follow.Policy(
            body.has("verdicts") ? verdicts : careful.verdicts(),
            body.has("trust") ? trust : careful.trust(),
            body.path("rerun").asBoolean(),
            body.path("recreate").asBoolean(),
            RolloutRoutes.test(body.path("test")));
    x.json(
        200,
        json(
            engine
                .rollouts()
                .follows()
                .follow(x.parameter("name"), policy, every(body.path("every")))));
  }

  /// Seconds.
  private static Optional<Duration> every(JsonNode seconds) {
    if (seconds.isMissingNode() || seconds.isNull()) {
      return Optional.empty();
    }
    if (!seconds.canConvertToInt()) {
      throw GraftException.invalid("every is a number of seconds, and " + seconds + " is none");
    }
    return Optional.of(Duration.ofSeconds(seconds.asInt()));
  }

  private static List<String> words(JsonNode array) {
    List<String> all = new ArrayList<>();
    array.forEach(one -> all.add(one.asText()));
    return all;
  }

  private static Plan.Verdict verdict(String word) {
    for (Plan.Verdict one : Plan.Verdict.values()) {
      if (one.word().equals(word) && one.swaps()) {
        return one;
      }
    }
    throw GraftException.invalid(
        "verdicts are of proven, checked and merge, and \"" + word + "\" is none of them");
  }

  private static Plan.Vouched trust(String word) {
    for (Plan.Vouched one : Plan.Vouched.values()) {
      if (one.word().equals(word) && one != Plan.Vouched.NONE) {
        return one;
      }
    }
    throw GraftException.invalid(
        "trust is of distro-stable and unknown, and \"" + word + "\" is none of them");
  }

  private void leave(Exchange x) throws IOException {
    engine.rollouts().follows().leave(x.parameter("name"));
    x.empty(204);
  }

  private void ask(Exchange x) throws IOException, InterruptedException {
    x.json(200, json(engine.rollouts().follows().ask(x.parameter("name"))));
  }

  /// Whatever its content type: the distribution registry has one of its own.
  private void webhook(Exchange x) throws IOException {
    byte[] body = x.body().readNBytes(Notice.MOST_BYTES + 1);
    ObjectNode json = Nodes.object();
    json.set("asked", Nodes.texts(engine.rollouts().follows().registryHas(Notice.read(body))));
    x.json(202, json);
  }
}
