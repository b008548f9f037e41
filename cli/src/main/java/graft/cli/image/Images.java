package graft.cli.image;

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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// `graft images`.
final class Images implements Verb {
  @Override
  public Options options() {
    return new Options("images", "List images")
        .arguments(0, 1, "[NAME[:TAG]]")
        .flag("Those without a name that others derive from too", "-a", "--all")
        .flag("Show digests", "--digests")
        .filter()
        .flag("Do not shorten", "--no-trunc")
        .listed("Only print the IDs")
        .details(
            """
            The size is that of all layers, shared ones included; 'graft tree' tells own and shared
            apart. Filters: dangling, label, before, since, until, reference.\
            """)
        .example("graft images", "all that have a name")
        .example("graft images 'my/*'", "those whose name matches")
        .example("graft images --filter dangling=true -q", "IDs of those without a name");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    List<String> reference = line.arguments().stream().map(name -> "reference=" + name).toList();
    Json all =
        engine.get(
            "/images/json"
                + Engine.query(
                    "all",
                    line.flag("--all") ? "1" : "",
                    "filters",
                    Filters.json(line, reference)));
    if (Listing.raw(line, all)) {
      return 0;
    }
    Table table =
        new Table(
            "Repository=REPOSITORY",
            "Tag=TAG",
            (line.flag("--digests") ? "" : " ") + "Digest=DIGEST",
            "ID=IMAGE ID",
            "CreatedSince=CREATED",
            "Size=SIZE",
            " CreatedAt=CREATED AT",
            " Containers=CONTAINERS",
            " SharedSize=SHARED SIZE",
            " UniqueSize=UNIQUE SIZE",
            " VirtualSize=VIRTUAL SIZE");
    boolean at = Listing.wants(line, "CreatedAt");
    for (Json image : all.items()) {
      add(table, image, line, at);
    }
    Listing.print(line, table, "ID");
    return 0;
  }

  private static void add(Table table, Json image, Line line, boolean at) {
    Map<String, String> digests = new LinkedHashMap<>();
    for (String known : image.at("RepoDigests").texts()) {
      int split = known.indexOf('@');
      digests.put(known.substring(0, split), known.substring(split + 1));
    }
    List<String> names = new ArrayList<>(image.at("RepoTags").texts());
    names.remove("<none>:<none>");
    if (names.isEmpty()) {
      digests.keySet().forEach(repository -> names.add(repository + ":<none>"));
    }
    if (names.isEmpty()) {
      names.add("<none>:<none>");
    }
    String id = image.at("Id").text();
    long created = image.at("Created").number();
    String size = Human.size(image.at("Size").number());
    for (String name : names) {
      int colon = name.lastIndexOf(':');
      String repository = name.substring(0, colon);
      table.add(
          repository,
          name.substring(colon + 1),
          digests.getOrDefault(repository, "<none>"),
          line.flag("--no-trunc") ? id : Human.shortId(id),
          Human.ago(created),
          size,
          at ? Human.moment(created) : "",
          number(image.at("Containers")),
          "N/A",
          "N/A",
          size);
      table.labels(image.at("Labels"));
    }
  }

  private static String number(Json count) {
    return count.number() < 0 ? "N/A" : count.text();
  }
}
