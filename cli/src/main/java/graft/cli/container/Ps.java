package graft.cli.container;

import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.output.Human;
import graft.cli.output.Table;
import graft.cli.verb.Filters;
import graft.cli.verb.Line;
import graft.cli.verb.Listing;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// `graft ps`.
final class Ps implements Verb {
  @Override
  public Options options() {
    return new Options("ps", "List containers")
        .arguments(0, 0)
        .flag("Those that have stopped too", "-a", "--all")
        .filter()
        .number("N", "The N newest, stopped or not", "-n", "--last")
        .flag("The newest one", "-l", "--latest")
        .flag("Do not shorten", "--no-trunc")
        .flag("What each wrote, and its size with the image", "-s", "--size")
        .listed("Only print the IDs")
        .details(
            """
            Filters: id, name, label, status, ancestor (image), volume, network, publish, before,
            since, exited (code).\
            """)
        .example("graft ps -a", "all containers")
        .example("graft ps -q --filter label=role=web", "IDs of those with a label")
        .example("graft ps --format 'table {{.Names}}\\t{{.Status}}'", "two columns");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    boolean size = line.flag("--size") || Listing.wants(line, "Size");
    long last = line.flag("--latest") ? 1 : line.number("--last", 0);
    Json all =
        engine.get(
            "/containers/json"
                + Engine.query(
                    "all", line.flag("--all") ? "1" : "",
                    "size", size ? "1" : "",
                    "limit", last > 0 ? Long.toString(last) : "",
                    "filters", Filters.json(line)));
    if (Listing.raw(line, all)) {
      return 0;
    }
    Table table =
        new Table(
            "ID=CONTAINER ID",
            "Image=IMAGE",
            "Command=COMMAND",
            "RunningFor=CREATED",
            "Status=STATUS",
            "Ports=PORTS",
            "Names=NAMES",
            (size ? "" : " ") + "Size=SIZE",
            " State=STATE",
            " Labels=LABELS",
            " CreatedAt=CREATED AT",
            " Networks=NETWORKS",
            " Mounts=MOUNTS",
            " LocalVolumes=LOCAL VOLUMES");
    boolean at = Listing.wants(line, "CreatedAt");
    for (Json c : all.items()) {
      add(table, c, line.flag("--no-trunc"), size, at);
    }
    Listing.print(line, table, "ID");
    return 0;
  }

  private static void add(Table table, Json c, boolean whole, boolean size, boolean at) {
    String id = c.at("Id").text();
    List<String> names = new ArrayList<>();
    for (String name : c.at("Names").texts()) {
      String plain = name.startsWith("/") ? name.substring(1) : name;
      if (!plain.contains("/") || whole) {
        names.add(plain);
      }
    }
    String command = c.at("Command").text();
    List<String> mounts = new ArrayList<>();
    long volumes = 0;
    for (Json mount : c.at("Mounts").items()) {
      String source = mount.at(mount.at("Name").isEmpty() ? "Source" : "Name").text();
      mounts.add(whole ? source : Human.ellipsis(source, 15));
      volumes += mount.at("Driver").text().equals("local") ? 1 : 0;
    }
    long created = c.at("Created").number();
    table.add(
        whole ? id : Human.shortId(id),
        c.at("Image").text(),
        '"' + (whole ? command : Human.ellipsis(command, 20)) + '"',
        Human.ago(created),
        c.at("Status").text(),
        Ports.shown(c.at("Ports")),
        String.join(",", names),
        size ? sizes(c) : "",
        c.at("State").text(),
        Listing.pairs(c.at("Labels")),
        at ? Human.moment(created) : "",
        String.join(",", c.at("NetworkSettings", "Networks").fields().keySet()),
        String.join(",", mounts),
        Long.toString(volumes));
    table.labels(c.at("Labels"));
  }

  private static String sizes(Json c) {
    return Human.size(c.at("SizeRw").number())
        + " (virtual "
        + Human.size(c.at("SizeRootFs").number())
        + ")";
  }
}
