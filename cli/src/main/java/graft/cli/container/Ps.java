package graft.cli.command;

import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.output.Human;
import graft.cli.output.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// `graft ps`.
public final class Ps implements Verb {
  @Override
  public Options options(String name) {
    return new Options(name, "List containers")
        .flag("Show all containers (not only the running ones)", "-a", "--all")
        .flag("Only print the IDs", "-q", "--quiet")
        .flag("Do not shorten", "--no-trunc")
        .flag("Show sizes", "-s", "--size")
        .flag("Show the newest container", "-l", "--latest")
        .value("N", "Show the N newest containers", "-n", "--last")
        .list("KEY=VALUE", "Only those that match", "-f", "--filter")
        .value("FORMAT", "json, a Go template, or 'table TEMPLATE'", "--format");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    line.arguments(0, 0);
    boolean whole = line.flag("--no-trunc");
    boolean size = line.flag("--size") || line.text("--format").contains(".Size");
    String path =
        "/containers/json"
            + Engine.query(
                "all", line.flag("--all") ? "1" : "",
                "size", size ? "1" : "",
                "limit", line.flag("--latest") ? "1" : line.text("--last"),
                "filters", Filters.json(line.list("--filter")));
    Table table =
        new Table(
            "ID=CONTAINER ID",
            "Image=IMAGE",
            "Command=COMMAND",
            "CreatedAgo=CREATED",
            "Status=STATUS",
            "Ports=PORTS",
            "Names=NAMES",
            (size ? "" : " ") + "Size=SIZE",
            " RunningFor=CREATED",
            " State=STATE",
            " Labels=LABELS",
            " CreatedAt=CREATED AT",
            " Networks=NETWORKS",
            " Mounts=MOUNTS");
    for (Json c : engine.get(path).items()) {
      String id = c.at("Id").text();
      if (line.flag("--quiet")) {
        System.out.println(whole ? id : Human.shortId(id));
        continue;
      }
      List<String> names = new ArrayList<>();
      for (String name : c.at("Names").texts()) {
        names.add(name.startsWith("/") ? name.substring(1) : name);
      }
      String command = c.at("Command").text();
      String created = Human.ago(c.at("Created").number());
      List<String> labels = new ArrayList<>();
      c.at("Labels").fields().forEach((key, value) -> labels.add(key + "=" + value.text()));
      List<String> mounts = new ArrayList<>();
      for (Json mount : c.at("Mounts").items()) {
        mounts.add(mount.at(mount.at("Name").isEmpty() ? "Source" : "Name").text());
      }
      long own = c.at("SizeRw").number();
      String sizes = Human.size(own) + " (virtual " + Human.size(c.at("SizeRootFs").number()) + ")";
      table.add(
          whole ? id : Human.shortId(id),
          c.at("Image").text(),
          '"' + (whole ? command : Human.ellipsis(command, 20)) + '"',
          created,
          c.at("Status").text(),
          ports(c.at("Ports")),
          String.join(",", names),
          sizes,
          created,
          c.at("State").text(),
          String.join(",", labels),
          java.time.Instant.ofEpochSecond(c.at("Created").number()).toString(),
          String.join(",", c.at("NetworkSettings", "Networks").fields().keySet()),
          String.join(",", mounts));
    }
    if (!line.flag("--quiet")) {
      System.out.print(table.render(line.text("--format")));
    }
    return 0;
  }

  private static String ports(Json ports) {
    List<String> result = new ArrayList<>();
    for (Json port : ports.items()) {
      String inside = port.at("PrivatePort").number() + "/" + port.at("Type").text();
      String ip = port.at("IP").text();
      result.add(
          port.at("PublicPort").number() == 0
              ? inside
              : (ip.contains(":") ? "[" + ip + "]" : ip)
                  + ":"
                  + port.at("PublicPort").number()
                  + "->"
                  + inside);
    }
    return String.join(", ", result);
  }
}
