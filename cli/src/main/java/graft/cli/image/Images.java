package graft.cli.command;

import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.output.Human;
import graft.cli.output.Table;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// `graft images`.
public final class Images implements Verb {
  @Override
  public Options options(String name) {
    return new Options(name, "List images")
        .flag("Show intermediate images too", "-a", "--all")
        .flag("Only print the IDs", "-q", "--quiet")
        .flag("Do not shorten", "--no-trunc")
        .flag("Show digests", "--digests")
        .list("KEY=VALUE", "Only those that match", "-f", "--filter")
        .value("FORMAT", "json, a Go template, or 'table TEMPLATE'", "--format")
        .arguments("[REPOSITORY[:TAG]]");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    List<String> filters = new ArrayList<>(line.list("--filter"));
    line.arguments(0, 1).forEach(name -> filters.add("reference=" + name));
    String path =
        "/images/json"
            + Engine.query("all", line.flag("--all") ? "1" : "", "filters", Filters.json(filters));
    Table table =
        new Table(
            "Repository=REPOSITORY",
            "Tag=TAG",
            (line.flag("--digests") ? "" : " ") + "Digest=DIGEST",
            "ID=IMAGE ID",
            "CreatedSince=CREATED",
            "Size=SIZE",
            " CreatedAt=CREATED AT",
            " Containers=CONTAINERS");
    for (Json image : engine.get(path).items()) {
      String id = image.at("Id").text();
      String shown = line.flag("--no-trunc") ? id : Human.shortId(id);
      if (line.flag("--quiet")) {
        System.out.println(shown);
        continue;
      }
      String digest = "<none>";
      for (String known : image.at("RepoDigests").texts()) {
        digest = known.substring(known.indexOf('@') + 1);
      }
      List<String> names = image.at("RepoTags").texts();
      for (String name : names.isEmpty() ? List.of("<none>:<none>") : names) {
        int colon = name.lastIndexOf(':');
        table.add(
            name.substring(0, colon),
            name.substring(colon + 1),
            digest,
            shown,
            Human.ago(image.at("Created").number()),
            Human.size(image.at("Size").number()),
            java.time.Instant.ofEpochSecond(image.at("Created").number()).toString(),
            image.at("Containers").number() < 0 ? "N/A" : image.at("Containers").text());
      }
    }
    if (!line.flag("--quiet")) {
      System.out.print(table.render(line.text("--format")));
    }
    return 0;
  }
}
