package graft.cli.rollout;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.json.Json;
import graft.cli.output.Human;
import graft.cli.verb.Line;
import graft.cli.verb.Listing;
import graft.cli.verb.Options;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Plans shown, written and carried out.
final class Applying {
  private Applying() {}

  /// What all verbs that make plans have.
  static Options options(Options options) {
    return carry(options)
        .flag("Only say what would be done", "--dry-run")
        .value("FILE", "Write the plan to a file instead of carrying it out", "--plan");
  }

  /// What all verbs that carry plans out have.
  static Options carry(Options options) {
    return recreating(
            options
                .value("COMMAND", "Run in each new image; one that fails does not move", "--test")
                .value(
                    "WORD",
                    "When one fails: stop, continue with what does not stand on it, or rollback",
                    "--on-failure"))
        .flag("Take what the checks say no to, or nobody vouches for; images say so", "--force")
        .flag("Print what the engine answered, as JSON", "--json");
  }

  /// What all verbs that move names have.
  static Options recreating(Options options) {
    return grace(
        options.flag("Then make running containers anew, one after the other", "--recreate"));
  }

  static Options grace(Options options) {
    return options.value(
        "SECONDS",
        "How long one without a health check has to run to count as working; 5 if left out",
        "--grace");
  }

  static int run(Line line, Engine engine, Json plan) throws IOException {
    if (line.given("--plan")) {
      Files.writeString(Path.of(line.text("--plan")), plan.write() + "\n");
    }
    if (line.flag("--dry-run") || line.given("--plan")) {
      if (!Listing.raw(line, plan)) {
        show(plan);
        if (line.given("--plan")) {
          System.err.println(
              "graft: the plan is in "
                  + line.text("--plan")
                  + "; 'graft fix apply "
                  + line.text("--plan")
                  + "' carries it out");
        }
      }
      return 0;
    }
    if (!line.flag("--json")) {
      show(plan);
    }
    return apply(line, engine, plan.at("digest").text());
  }

  // ---- the plan

  static void show(Json plan) {
    for (Json parent : plan.at("parents").items()) {
      System.out.println(parent.at("text").text());
      if (!parent.at("command").isEmpty()) {
        System.out.println("    " + parent.at("command").text());
      }
    }
    for (Json node : plan.at("nodes").items()) {
      System.out.println(
          "  ".repeat((int) node.at("level").number() - 1) + title(node) + "  " + verdict(node));
      String indent = "  ".repeat((int) node.at("level").number() + 1);
      for (Json reason : node.at("reasons").items()) {
        String check = reason.at("check").text();
        System.out.println(
            indent + (check.isEmpty() ? "" : check + ": ") + reason.at("text").text());
      }
      if (!node.at("unblock").isEmpty()) {
        System.out.println(indent + "help: " + node.at("unblock").text());
      }
      if (!node.at("opens").items().isEmpty()) {
        System.out.println(indent + "opens " + String.join(", ", node.at("opens").texts()));
      }
    }
    Json totals = plan.at("totals");
    System.out.println(
        totals.at("nodes").text()
            + " images: "
            + totals.at("proven").text()
            + " proven, "
            + totals.at("checked").text()
            + " checked, "
            + totals.at("merge").text()
            + " merged, "
            + totals.at("rerun").text()
            + " to be built again, "
            + totals.at("refuse").text()
            + " refused; "
            + Human.size(totals.at("written").number())
            + " to write, closes "
            + totals.at("closes").text()
            + " findings");
    System.out.flush();
  }

  private static String title(Json node) {
    return node.at("names").items().isEmpty()
        ? Human.shortId(node.at("image").text())
        : node.at("names").texts().getFirst();
  }

  private static String verdict(Json node) {
    String trust = node.at("trust").text();
    String swap =
        "swap "
            + node.at("swapped").text()
            + " steps, reuse "
            + Human.size(node.at("reused").number())
            + ", write "
            + Human.size(node.at("written").number())
            + (node.at("closes").items().isEmpty()
                ? ""
                : ", closes " + node.at("closes").items().size());
    return switch (node.at("verdict").text()) {
      case "proven" -> "PROVEN " + swap;
      case "checked" -> "CHECKED(" + trust + ") " + swap;
      case "merge" ->
          "MERGE("
              + trust
              + ") "
              + swap
              + (node.at("merged").items().isEmpty()
                  ? ""
                  : ", merges "
                      + String.join(", ", node.at("merged").texts().stream().limit(3).toList()))
              + generated(node);
      case "rerun" -> rerun(node);
      case "refuse" -> "REFUSE";
      default ->
          node.at("closes").items().isEmpty()
              ? "stays as it is"
              : "stays on its base, closes " + node.at("closes").items().size();
    };
  }

  /// Programs that are going to run in the image.
  private static String generated(Json node) {
    return node.at("generated").items().stream()
        .map(g -> {
          List<String> paths = g.at("paths").texts();
          return ", "
              + g.at("generator").text()
              + " makes "
              + paths.getFirst()
              + (paths.size() > 1 ? " and more" : "")
              + " anew";
        })
        .collect(Collectors.joining());
  }

  private static String rerun(Json node) {
    int steps = node.at("steps").items().size();
    long swapped = node.at("swapped").number();
    return swapped == 0
        ? "RE-RUN"
        : "RE-RUN from step "
            + (swapped + 1)
            + " of "
            + steps
            + ", reuse "
            + Human.size(node.at("reused").number());
  }

  // ---- carrying out

  static int apply(Line line, Engine engine, String digest) throws IOException {
    Map<String, Object> body = new LinkedHashMap<>();
    if (line.given("--test")) {
      body.put("test", line.text("--test"));
    }
    body.put("onFailure", line.text("--on-failure", "stop"));
    body.put("force", line.flag("--force"));
    body.put("recreate", line.flag("--recreate"));
    if (line.given("--grace")) {
      body.put("grace", line.number("--grace", 0));
    }
    String route = "/graft/v1/lineage/plans/" + Engine.encode(digest) + "/apply";
    try (Reply reply = engine.send("POST", route, Body.json(Json.of(body).write()))) {
      return follow(line, reply);
    }
  }

  /// @return 0 if all went as planned
  static int follow(Line line, Reply reply) throws IOException {
    boolean good = true;
    boolean ended = false;
    Json.Values values = Json.values(reply.body());
    for (Json one = values.next(); one != null; one = values.next()) {
      if (line.flag("--json")) {
        System.out.println(one.write());
      } else {
        print(one);
      }
      String event = one.at("event").text();
      good &= !event.equals("error") && !one.at("state").text().equals("failed");
      ended |= event.equals("done") || event.equals("error");
    }
    System.out.flush();
    if (!ended) {
      throw new IOException(
          "the answer was cut off; 'graft generations' says whether the names have moved");
    }
    return good ? 0 : 1;
  }

  private static void print(Json one) {
    switch (one.at("event").text()) {
      case "parent", "node" -> {
        String state = one.at("state").text();
        if (!state.equals("making")) {
          System.out.println(
              (state + " ".repeat(9)).substring(0, 9)
                  + title(one)
                  + (one.at("new").isEmpty() ? "" : "  " + Human.shortId(one.at("new").text()))
                  + (one.at("message").isEmpty() ? "" : "  " + one.at("message").text()));
        }
      }
      case "container" ->
          System.out.println(
              "container "
                  + one.at("name").text()
                  + " "
                  + one.at("state").text()
                  + (one.at("message").isEmpty() ? "" : ": " + one.at("message").text()));
      case "switch" ->
          System.out.println(
              "moved    "
                  + one.at("names").text()
                  + " names: generation "
                  + one.at("generation").text());
      case "error" -> {
        System.out.flush();
        System.err.println("graft: " + one.at("message").text());
      }
      case "done" -> {
        if (one.at("switched").number() == 0) {
          System.out.println("nothing has changed");
        }
      }
      default -> {
        // Of a later engine.
      }
    }
    System.out.flush();
  }
}
