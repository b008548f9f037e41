package graft.cli.system;

import graft.cli.http.ApiException;
import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.output.Human;
import graft.cli.output.Table;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// `graft prune`: first a plan, then exactly that. Containers, images and volumes are the engine's
/// to decide; networks are added here, from what the Docker API says of them.
final class PlannedPrune implements Verb {
  @Override
  public Options options() {
    return new Options(
            "prune", "Say what would go and why the rest stays; then remove exactly that")
        .arguments(0, 1, "--plan [FILE]", "--apply FILE")
        .flag("Make a plan, and write it to FILE if one is named; nothing is removed", "--plan")
        .value("FILE", "Remove what the plan in FILE names; - is standard input", "--apply")
        .flag("All images that no container uses, not only those without a name", "-a", "--all")
        .flag("Anonymous volumes too", "--volumes")
        .flag("Volumes with a name as well", "--all-volumes")
        .flag("Only what goes", "-q", "--quiet")
        .flag("Print the plan, or what was done, as one JSON document", "--json")
        .details(
            """
            A plan has everything that is here: containers, images, volumes, networks; what goes
            first, with what it frees, and then for everything else why it stays. --apply removes
            nothing that is not in the plan, and skips what has changed since: a container that was
            started, an image that was taken into use. The exit code of --apply is 1 if anything
            was skipped. What is pinned ('graft pin') is never in a plan.\
            """)
        .example("graft prune --plan -a", "what could go?")
        .example("graft prune --plan plan.json --volumes", "the same with volumes, to keep")
        .example("graft prune --apply plan.json", "remove exactly that");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    if (line.given("--apply")) {
      if (line.flag("--plan")) {
        throw line.refuse("either --plan or --apply");
      }
      return apply(line, engine);
    }
    if (!line.flag("--plan")) {
      throw line.refuse(
          "'graft prune' removes by a plan: --plan makes one, --apply does it ('graft system"
              + " prune' removes at once)");
    }
    return plan(line, engine);
  }

  private static int plan(Line line, Engine engine) throws IOException {
    Map<String, Object> wishes = new LinkedHashMap<>();
    wishes.put("all", line.flag("--all"));
    wishes.put("volumes", line.flag("--volumes"));
    wishes.put("allVolumes", line.flag("--all-volumes"));
    Map<String, Object> plan =
        new LinkedHashMap<>(engine.post("/graft/v1/prune/plan", wishes).fields());
    addNetworks(engine, plan);
    Json whole = Json.of(plan);
    String file = line.argumentOrNone(0);
    if (!file.isEmpty()) {
      Files.writeString(Path.of(file), whole.pretty() + "\n");
    }
    if (line.flag("--json")) {
      System.out.println(whole.pretty());
      return 0;
    }
    System.out.print(section("Goes", whole.at("goes"), "FREES"));
    if (!line.flag("--quiet")) {
      System.out.print(section("Stays", whole.at("stays"), "SIZE"));
    }
    System.out.println("This would free " + Human.size(whole.at("bytes").number()) + ".");
    if (!file.isEmpty()) {
      System.out.println("'graft prune --apply " + file + "' does it.");
    }
    return 0;
  }

  private static String section(String title, Json items, String size) {
    if (items.isEmpty()) {
      return title + ": nothing\n\n";
    }
    Table table = new Table("Kind=KIND", "Name=NAME", "Size=" + size, "Why=WHY");
    for (Json item : items.items()) {
      table.add(
          item.at("kind").text(),
          shown(item.at("name").text()),
          Human.size(item.at("bytes").number()),
          item.at("why").text());
    }
    return title + ":\n" + table.render("") + "\n";
  }

  /// Names of anonymous volumes are 64 digits, of which twelve will do.
  private static String shown(String name) {
    return name.matches("[0-9a-f]{64}") ? name.substring(0, 12) : name;
  }

  private static void addNetworks(Engine engine, Map<String, Object> plan) throws IOException {
    List<Object> goes = new ArrayList<>(Json.of(plan).at("goes").items());
    List<Object> stays = new ArrayList<>(Json.of(plan).at("stays").items());
    List<String> unused =
        engine
            .get("/networks" + Engine.query("filters", "{\"dangling\":{\"true\":true}}"))
            .items()
            .stream()
            .map(n -> n.at("Id").text())
            .toList();
    for (Json n : engine.get("/networks").items()) {
      String name = n.at("Name").text();
      String id = n.at("Id").text();
      boolean builtIn = List.of("bridge", "host", "none").contains(name);
      boolean free = !builtIn && unused.contains(id);
      Map<String, Object> item = new LinkedHashMap<>();
      item.put("kind", "network");
      item.put("id", id);
      item.put("name", name);
      item.put("bytes", 0);
      item.put(
          "why",
          builtIn ? "it is always there" : free ? "no container uses it" : "a container uses it");
      (free ? goes : stays).add(item);
    }
    plan.put("goes", goes);
    plan.put("stays", stays);
  }

  private static int apply(Line line, Engine engine) throws IOException {
    String file = line.text("--apply");
    Json plan =
        Json.parse(
            file.equals("-")
                ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8)
                : Files.readString(Path.of(file)));
    if (!plan.at("goes").isList()) {
      throw new IOException(file + " is no plan that 'graft prune --plan FILE' has written");
    }
    Json done = engine.post("/graft/v1/prune/apply", plan);
    List<Json> removed = new ArrayList<>(done.at("removed").items());
    List<Json> skipped = new ArrayList<>(done.at("skipped").items());
    for (Json item : plan.at("goes").items()) {
      if (item.at("kind").text().equals("network")) {
        removeNetwork(engine, item, removed, skipped);
      }
    }
    if (line.flag("--json")) {
      Map<String, Object> all = new LinkedHashMap<>();
      all.put("removed", removed);
      all.put("skipped", skipped);
      all.put("bytes", done.at("bytes").number());
      System.out.println(Json.of(all).pretty());
      return skipped.isEmpty() ? 0 : 1;
    }
    if (!line.flag("--quiet")) {
      for (Json item : removed) {
        System.out.println("removed " + item.at("kind").text() + " " + item.at("name").text());
      }
    }
    System.out.flush();
    for (Json item : skipped) {
      System.err.println(
          "skipped "
              + item.at("kind").text()
              + " "
              + item.at("name").text()
              + ": "
              + item.at("why").text());
    }
    System.out.println("Freed " + Human.size(done.at("bytes").number()) + ".");
    return skipped.isEmpty() ? 0 : 1;
  }

  private static void removeNetwork(
      Engine engine, Json item, List<Json> removed, List<Json> skipped) throws IOException {
    try {
      engine.delete("/networks/" + Engine.encode(item.at("id").text()));
      removed.add(item);
    } catch (ApiException e) {
      Map<String, Object> why = new LinkedHashMap<>(item.fields());
      why.put("why", e.getMessage());
      skipped.add(Json.of(why));
    }
  }
}
