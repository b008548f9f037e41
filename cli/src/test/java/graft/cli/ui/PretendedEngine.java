package graft.cli.ui;

import graft.cli.http.Engine;
import graft.cli.http.UnixEndpoint;
import graft.cli.json.Json;
import graft.docker.http.Access;
import graft.docker.http.Exchange;
import graft.docker.http.HttpServer;
import graft.docker.http.Router;
import graft.docker.json.Nodes;
import graft.docker.ui.PageRoutes;
import graft.error.GraftException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// An engine that has the page, and a tree of as many images as wanted that lives in memory: what
/// `/graft/v1/lineage` says is made up, in the engine's shapes. Some of its texts are hostile.
final class PretendedEngine implements AutoCloseable {
  static final String HOSTILE =
      "\"><img src=x onerror=\"window.hacked=1\"><script>hacked=1</script>";

  private static final String LINEAGE = "/graft/v1/lineage/";
  private static final String PLAN = "sha256:" + "a".repeat(64);

  private final HttpServer server;
  private final Path socket;
  private final List<Map<String, Object>> nodes = new ArrayList<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final List<BlockingQueue<String>> watchers = new CopyOnWriteArrayList<>();
  private volatile boolean rolledBack;
  private volatile boolean applied;

  PretendedEngine(Path socket, int images) throws IOException {
    this.socket = socket;
    for (int i = 0; i < images; i++) {
      nodes.add(node(i));
    }
    Router router = new Router();
    new PageRoutes().addTo(router);
    router
        .get("/graft/v1/images/{name:.*}/layers", x -> json(x, layers(x.parameter("name"))))
        .get("/events", this::events)
        .post("/containers/create", x -> json(x, Map.of("Id", "made")))
        .get(LINEAGE + "tree", x -> json(x, tree()))
        .get(LINEAGE + "images/{name:.*}/packages", x -> json(x, packages(x.parameter("name"))))
        .get(LINEAGE + "images/{name:.*}/findings", x -> json(x, findings(x.parameter("name"))))
        .get(LINEAGE + "vulns/{id}", x -> json(x, vulnerability(x.parameter("id"))))
        .get(LINEAGE + "outdated", x -> json(x, outdated()))
        .get(LINEAGE + "plans", x -> json(x, List.of(kept())))
        .post(LINEAGE + "plans", this::makePlan)
        .get(LINEAGE + "plans/{digest}", x -> json(x, plan()))
        .post(LINEAGE + "plans/{digest}/apply", this::apply)
        .get(LINEAGE + "follow", x -> json(x, List.of(followed())))
        .put(LINEAGE + "follow/{name:.*}", this::follow)
        .delete(
            LINEAGE + "follow/{name:.*}",
            x -> {
              asked.add("DELETE " + x.path());
              x.empty(204);
            })
        .get(LINEAGE + "generations", x -> json(x, generations()))
        .post(LINEAGE + "generations/{number}/rollback", this::rollBack);
    server = HttpServer.start(socket, new Access.Owner(), router, _ -> {});
  }

  Engine client() {
    return new Engine(
        new UnixEndpoint(socket),
        e -> {
          throw e;
        });
  }

  /// Method and path of all requests but those for the page's files.
  List<String> asked() {
    return asked;
  }

  /// Something happens to an image.
  void happen() {
    watchers.forEach(w -> w.add("{\"Type\":\"image\",\"Action\":\"tag\"}"));
  }

  /// As if an image had got other names meanwhile, or none.
  void rename(int image, String... names) {
    nodes.get(image).put("names", List.of(names));
  }

  static String id(int image) {
    return "sha256:" + String.format("%064x", image + 0x1000);
  }

  private static int number(String id) {
    int i = Integer.parseInt(id.substring(id.length() - 8), 16) - 0x1000;
    return Math.max(0, i);
  }

  /// The first four are a chain; the rest hang, seven each, below those before them.
  private static int parent(int image) {
    return image < 4 ? image - 1 : (image - 4) / 7 + 1;
  }

  private static String name(int image) {
    return switch (image) {
      case 0 -> "debian:12";
      case 1 -> "corp/base:1";
      case 2 -> "corp/java:21";
      case 3 -> "evil/" + HOSTILE + "\u202egnp.exe";
      default -> "shop/service-" + image + ":1";
    };
  }

  private static Map<String, Object> severities(int high, int medium) {
    return Map.of("critical", 0, "high", high, "medium", medium, "low", 0, "unknown", 0);
  }

  private static Map<String, Object> node(int i) {
    Map<String, Object> n = new LinkedHashMap<>();
    n.put("id", id(i));
    n.put("names", List.of(name(i)));
    n.put("ghost", false);
    n.put("parent", i == 0 ? null : id(parent(i)));
    n.put("edge", i == 0 ? null : "record");
    n.put("created", "2026-11-20T10:00:00Z");
    n.put("layers", 3);
    n.put("ownLayers", 1);
    n.put("own", 1_000_000L * (i % 40 + 1));
    n.put("shared", i == 0 ? 0L : 200_000_000L);
    n.put("usedBy", 0);
    n.put("containers", Map.of("running", i == 2 ? 1 : 0, "all", i == 2 ? 2 : 0));
    n.put("indexed", true);
    n.put(
        "findings",
        Map.of(
            "here", severities(i == 0 ? 2 : 0, i % 5 == 0 ? 1 : 0),
            "inherited", severities(i == 0 ? 0 : 2, 0),
            "carried", 0));
    n.put("follow", null);
    return n;
  }

  private Map<String, Object> tree() {
    return Map.of(
        "database",
        Map.of(
            "digest",
            "sha256:" + "d".repeat(64),
            "records",
            1461,
            "imported",
            "2026-11-20T10:00:00Z"),
        "nodes",
        nodes);
  }

  private static Map<String, Object> place(int image) {
    return Map.of(
        "image",
        id(image),
        "names",
        List.of(name(image)),
        "layer",
        0,
        "diffId",
        "sha256:" + "1".repeat(64),
        "createdBy",
        "RUN " + HOSTILE,
        "step",
        Map.of("instruction", "RUN apt-get install " + HOSTILE, "file", "Dockerfile", "line", 7));
  }

  private static Map<String, Object> layers(String id) {
    return Map.of(
        "image",
        id,
        "layers",
        IntStream.range(0, 3)
            .mapToObj(i ->
                Map.of(
                    "diffId",
                    "sha256:" + Integer.toString(i).repeat(64),
                    "size",
                    1000L * i,
                    "createdBy",
                    HOSTILE,
                    "line",
                    3 + i,
                    "dockerfile",
                    "Dockerfile"))
            .toList());
  }

  private static Map<String, Object> packages(String id) {
    int image = number(id);
    List<Object> all = new ArrayList<>();
    for (int i = 0; i < 250 + image; i++) {
      Map<String, Object> p = new LinkedHashMap<>();
      p.put("name", i == 0 ? HOSTILE : "package-" + i);
      p.put("version", i == 1 && image > 0 ? "2.0" : "1.0");
      p.put("architecture", "amd64");
      p.put("manager", "dpkg");
      p.put("purl", "pkg:deb/debian/package-" + i);
      Map<String, Object> introduced = new LinkedHashMap<>(place(image));
      introduced.put("diffId", "sha256:" + "2".repeat(64));
      p.put("introduced", introduced);
      all.add(p);
    }
    return Map.of(
        "image",
        id,
        "distribution",
        "debian 12",
        "packages",
        all,
        "missing",
        List.of(),
        "skipped",
        List.of(Map.of("path", "var/lib/rpm/" + HOSTILE, "reason", "too large")));
  }

  private static Map<String, Object> finding(String cve, boolean inherited, int image) {
    Map<String, Object> f = new LinkedHashMap<>();
    f.put("id", cve);
    f.put("severity", "high");
    f.put("summary", HOSTILE);
    f.put("source", "openssl");
    f.put("installed", "3.0.17-1~deb12u2");
    f.put("fixed", "3.0.20-1~deb12u2");
    f.put("packages", List.of(Map.of("name", "libssl3", "version", "1", "carrier", place(image))));
    f.put("origin", place(inherited ? 0 : image));
    f.put("inherited", inherited);
    f.put("suppressed", null);
    return f;
  }

  private static Map<String, Object> findings(String id) {
    int image = number(id);
    List<Object> all = new ArrayList<>();
    all.add(finding("CVE-2026-1", image > 0, image));
    if (image == 0) {
      all.add(finding("CVE-2026-2", false, 0));
    }
    if (image == 1) {
      all.add(finding("CVE-2026-3", false, 1));
    }
    return Map.of("image", id, "findings", all, "skipped", List.of(), "unknown", List.of());
  }

  private static Map<String, Object> vulnerability(String cve) {
    return Map.of(
        "id",
        cve,
        "summary",
        HOSTILE,
        "severity",
        "high",
        "nodes",
        IntStream.range(0, 3)
            .mapToObj(i ->
                Map.of(
                    "image",
                    id(i),
                    "names",
                    List.of(name(i)),
                    "source",
                    "openssl",
                    "installed",
                    "3.0.17",
                    "origin",
                    i == 0,
                    "carrier",
                    i == 1))
            .toList());
  }

  private static Map<String, Object> outdated() {
    return Map.of(
        "images",
        List.of(
            Map.of(
                "image",
                id(1),
                "names",
                List.of(name(1)),
                "base",
                Map.of("name", "debian:12", "digest", "sha256:" + "b".repeat(64)),
                "newer",
                Map.of("digest", "sha256:" + "c".repeat(64), "created", "2026-11-25T10:00:00Z"),
                "state",
                "outdated")));
  }

  private static final List<String> VERDICTS =
      List.of("merge", "checked", "merge", "rerun", "refuse");

  private Map<String, Object> plan() {
    List<Object> all = new ArrayList<>();
    for (int i = 1; i < Math.min(nodes.size(), 60); i++) {
      Map<String, Object> n = new LinkedHashMap<>();
      n.put("image", id(i));
      n.put("names", List.of(name(i)));
      n.put("parent", id(parent(i)));
      n.put("level", i < 4 ? i : 4);
      n.put("verdict", VERDICTS.get(i % 5));
      n.put("trust", i % 2 == 0 ? "unknown" : "distro-stable");
      n.put(
          "reasons",
          List.of(Map.of("check", "C1", "text", HOSTILE, "paths", List.of("usr/lib/" + HOSTILE))));
      n.put("unblock", "a recipe of " + HOSTILE);
      n.put("steps", List.of(Map.of("instruction", HOSTILE, "verdict", "merge", "text", "")));
      n.put("swapped", 2);
      n.put("reused", 390_000_000L);
      n.put("written", 26_000L);
      n.put("merged", List.of("var/lib/dpkg/status"));
      n.put("closes", List.of("CVE-2026-1"));
      n.put("opens", List.of());
      all.add(n);
    }
    Map<String, Object> totals = new LinkedHashMap<>();
    totals.put("nodes", all.size());
    for (String verdict : List.of("proven", "checked", "merge", "rerun", "refuse")) {
      totals.put(
          verdict,
          all.stream().filter(n -> verdict.equals(((Map<?, ?>) n).get("verdict"))).count());
    }
    totals.put("reused", 390_000_000L);
    totals.put("written", 1_500_000L);
    totals.put("closes", 16);
    Map<String, Object> plan = new LinkedHashMap<>(kept());
    plan.put(
        "parents",
        List.of(
            Map.of(
                "names", List.of("debian:12"), "image", id(0), "how", "given", "text", HOSTILE)));
    plan.put("nodes", all);
    plan.put("totals", totals);
    return plan;
  }

  private Map<String, Object> kept() {
    return Map.of(
        "digest", PLAN,
        "created", "2026-11-25T10:00:00Z",
        "kind", "rebase",
        "what", "debian:12",
        "state", applied ? "applied" : "open");
  }

  private void makePlan(Exchange x) throws IOException {
    if (x.json().path("onto").asText().equals("none:1")) {
      throw GraftException.notFound("there is no image " + HOSTILE);
    }
    json(x, plan());
  }

  private void apply(Exchange x) throws IOException, InterruptedException {
    asked.add("POST " + x.path());
    x.json();
    try (OutputStream out = x.stream("application/x-ndjson").out()) {
      for (int i = 1; i < Math.min(nodes.size(), 60); i++) {
        boolean failed = i % 5 == 4;
        for (String state : List.of("making", failed ? "skipped" : "ready")) {
          say(
              out,
              Map.of(
                  "event",
                  "node",
                  "image",
                  id(i),
                  "names",
                  List.of(name(i)),
                  "state",
                  state,
                  "message",
                  failed ? HOSTILE : ""));
        }
        Thread.sleep(2);
      }
      applied = true;
      say(out, Map.of("event", "switch", "generation", 3, "names", 47));
      say(out, Map.of("event", "done", "generation", 3, "switched", 47, "skipped", 12));
    }
  }

  private void follow(Exchange x) throws IOException {
    asked.add("PUT " + x.path() + " " + x.json());
    x.json(200, Nodes.object());
  }

  private static Map<String, Object> followed() {
    return Map.of(
        "name",
        name(1),
        "policy",
        Map.of("verdicts", List.of("proven"), "trust", List.of("distro-stable"), "rerun", true),
        "state",
        "reported",
        "last",
        Map.of("at", "2026-11-25T10:00:00Z", "text", HOSTILE, "plan", PLAN),
        "registry",
        Map.of("every", 5400, "asked", "2026-11-25T10:00:00Z", "failures", 3, "trouble", HOSTILE));
  }

  private List<Object> generations() {
    return List.of(
        Map.of(
            "generation",
            3,
            "created",
            "2026-11-25T10:00:00Z",
            "what",
            HOSTILE,
            "plan",
            PLAN,
            "names",
            List.of(Map.of("name", HOSTILE, "from", id(1), "to", id(2))),
            "state",
            rolledBack ? "rolled back" : "current"));
  }

  /// Refuses at first, as if a name had moved.
  private void rollBack(Exchange x) throws IOException {
    asked.add("POST " + x.path() + " " + x.query("force"));
    if (x.query("force").isEmpty()) {
      throw new GraftException(GraftException.Kind.CONFLICT, "shop/cart:1 was moved since", null);
    }
    rolledBack = true;
    try (OutputStream out = x.stream("application/x-ndjson").out()) {
      say(out, Map.of("event", "done", "generation", 3, "switched", 47));
    }
  }

  private void events(Exchange x) throws IOException, InterruptedException {
    BlockingQueue<String> events = new LinkedBlockingQueue<>();
    watchers.add(events);
    try (OutputStream out = x.stream("application/json").out()) {
      for (String event = ""; ; event = events.take()) {
        out.write((event + "\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
      }
    }
  }

  private static void say(OutputStream out, @Nullable Object value) throws IOException {
    out.write((Json.of(value).write() + "\n").getBytes(StandardCharsets.UTF_8));
    out.flush();
  }

  private void json(Exchange x, @Nullable Object value) throws IOException {
    asked.add("GET " + x.path());
    x.bytes(200, "application/json", Json.of(value).write().getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void close() throws IOException {
    server.close();
  }
}
