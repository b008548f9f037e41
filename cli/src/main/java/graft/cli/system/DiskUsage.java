package graft.cli.system;

import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.output.Human;
import graft.cli.output.Table;
import graft.cli.verb.Line;
import graft.cli.verb.Listing;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.util.List;

/// `graft system df`.
final class DiskUsage implements Verb {
  @Override
  public Options options() {
    return new Options("system df", "Show what takes how much of the disk")
        .arguments(0, 0)
        .formatted()
        .flag("Each image, container and volume", "-v", "--verbose")
        .details(
            """
            RECLAIMABLE is what 'graft system prune -a --volumes' would free: images without
            containers, containers that have stopped, volumes that no container has; and of what was
            removed, what 'graft trash empty' would free. With -v the last table is what the data
            root takes of the disk, block by block: its sum is what du says.\
            """)
        .example("graft system df", "in short")
        .example("graft system df -v", "one by one");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    Json usage = engine.get("/system/df");
    if (Listing.raw(line, usage)) {
      return 0;
    }
    if (line.flag("--verbose")) {
      verbose(usage);
      onDisk(engine.get("/graft/v1/df"));
      return 0;
    }
    Table table =
        new Table(
            "Type=TYPE",
            "TotalCount=TOTAL",
            "Active=ACTIVE",
            "Size=SIZE",
            "Reclaimable=RECLAIMABLE");
    images(table, usage);
    containers(table, usage.at("Containers").items());
    volumes(table, usage.at("Volumes").items());
    table.add("Build Cache", "0", "0", "0B", "0B");
    trash(table, engine.get("/graft/v1/trash").at("entries").items());
    System.out.print(table.render(line.text("--format")));
    return 0;
  }

  /// What an image shares is not freed with it.
  private static void images(Table table, Json usage) {
    List<Json> all = usage.at("Images").items();
    long total = usage.at("LayersSize").number();
    long used = 0;
    long active = 0;
    for (Json image : all) {
      if (image.at("Containers").number() > 0) {
        active++;
        long size = image.at("Size").number();
        long shared = image.at("SharedSize").number();
        used += shared < 0 ? size : size - shared;
      }
    }
    add(table, "Images", all.size(), active, total, active == 0 ? total : total - used);
  }

  private static void containers(Table table, List<Json> all) {
    long total = 0;
    long free = 0;
    long active = 0;
    for (Json c : all) {
      long size = c.at("SizeRw").number();
      total += size;
      boolean runs = List.of("running", "paused", "restarting").contains(c.at("State").text());
      active += runs ? 1 : 0;
      free += runs ? 0 : size;
    }
    add(table, "Containers", all.size(), active, total, free);
  }

  private static void volumes(Table table, List<Json> all) {
    long total = 0;
    long free = 0;
    long active = 0;
    for (Json v : all) {
      long size = Math.max(0, v.at("UsageData", "Size").number());
      boolean used = v.at("UsageData", "RefCount").number() > 0;
      total += size;
      active += used ? 1 : 0;
      free += used ? 0 : size;
    }
    add(table, "Local Volumes", all.size(), active, total, free);
  }

  /// Removed, and counted nowhere else.
  private static void trash(Table table, List<Json> all) {
    if (!all.isEmpty()) {
      long bytes = all.stream().mapToLong(e -> e.at("bytes").number()).sum();
      add(table, "Trash", all.size(), 0, bytes, bytes);
    }
  }

  private static void add(Table table, String type, int count, long active, long size, long free) {
    String percent = size > 0 ? " (" + Math.max(0, free) * 100 / size + "%)" : "";
    table.add(
        type,
        Integer.toString(count),
        Long.toString(active),
        Human.size(size),
        Human.size(Math.max(0, free)) + percent);
  }

  private static void onDisk(Json account) {
    Table table = new Table("Part=PART", "Allocated=ON DISK", "Bytes=IN FILES");
    for (Json part : account.at("parts").items()) {
      table.add(
          part.at("part").text(),
          Human.size(part.at("allocated").number()),
          Human.size(part.at("bytes").number()));
    }
    table.add("all of it", Human.size(account.at("allocated").number()), "");
    System.out.print("\nOn disk, below " + account.at("root").text() + ":\n\n");
    System.out.print(table.render(""));
  }

  private static void verbose(Json usage) {
    Table images =
        new Table("Name=IMAGE", "ID=IMAGE ID", "Size=SIZE", "Shared=SHARED SIZE", "N=CONTAINERS");
    for (Json image : usage.at("Images").items()) {
      images.add(
          image.at("RepoTags").isEmpty()
              ? "<none>"
              : String.join(", ", image.at("RepoTags").texts()),
          Human.shortId(image.at("Id").text()),
          Human.size(image.at("Size").number()),
          Human.size(Math.max(0, image.at("SharedSize").number())),
          image.at("Containers").text());
    }
    Table containers =
        new Table("ID=CONTAINER ID", "Image=IMAGE", "Size=SIZE", "Status=STATUS", "Names=NAMES");
    for (Json c : usage.at("Containers").items()) {
      containers.add(
          Human.shortId(c.at("Id").text()),
          c.at("Image").text(),
          Human.size(c.at("SizeRw").number()),
          c.at("Status").text(),
          String.join(",", c.at("Names").texts()).replace("/", ""));
    }
    Table volumes = new Table("Name=VOLUME NAME", "Links=LINKS", "Size=SIZE");
    for (Json v : usage.at("Volumes").items()) {
      volumes.add(
          v.at("Name").text(),
          v.at("UsageData", "RefCount").text(),
          Human.size(Math.max(0, v.at("UsageData", "Size").number())));
    }
    System.out.print("Images space usage:\n\n" + images.render(""));
    System.out.print("\nContainers space usage:\n\n" + containers.render(""));
    System.out.print("\nLocal Volumes space usage:\n\n" + volumes.render(""));
  }
}
