package graft.cli.container;

import graft.cli.json.Json;
import graft.cli.output.Human;
import graft.cli.output.Table;
import java.util.Locale;

/// A row of `graft stats`, from a sample as the API gives it.
final class Usage {
  private Usage() {}

  static void add(Table table, String typed, Json s, boolean whole) {
    String id = s.at("id").text();
    String name = s.at("name").text();
    double used = memory(s.at("memory_stats"));
    double limit = s.at("memory_stats", "limit").number();
    long received = 0;
    long sent = 0;
    for (Json network : s.at("networks").fields().values()) {
      received += network.at("rx_bytes").number();
      sent += network.at("tx_bytes").number();
    }
    long read = 0;
    long written = 0;
    for (Json entry : s.at("blkio_stats", "io_service_bytes_recursive").items()) {
      switch (entry.at("op").text().toLowerCase(Locale.ROOT)) {
        case "read" -> read += entry.at("value").number();
        case "write" -> written += entry.at("value").number();
        default -> {}
      }
    }
    table.add(
        whole ? id : Human.shortId(id),
        name.startsWith("/") ? name.substring(1) : name,
        percent(cpu(s)),
        Human.binary((long) used) + " / " + Human.binary((long) limit),
        percent(limit == 0 ? 0 : used / limit * 100),
        Human.size(received) + " / " + Human.size(sent),
        Human.size(read) + " / " + Human.size(written),
        s.at("pids_stats", "current").text(),
        typed);
  }

  /// Pages that the kernel can drop at once are not counted, as docker does not.
  private static double memory(Json memory) {
    double usage = memory.at("usage").number();
    Json stats = memory.at("stats");
    double inactive =
        stats
            .at(stats.has("total_inactive_file") ? "total_inactive_file" : "inactive_file")
            .number();
    return inactive < usage ? usage - inactive : usage;
  }

  static double cpu(Json s) {
    double used =
        s.at("cpu_stats", "cpu_usage", "total_usage").number()
            - s.at("precpu_stats", "cpu_usage", "total_usage").number();
    double passed =
        s.at("cpu_stats", "system_cpu_usage").number()
            - s.at("precpu_stats", "system_cpu_usage").number();
    double cpus = Math.max(1, s.at("cpu_stats", "online_cpus").number());
    return used > 0 && passed > 0 ? used / passed * cpus * 100 : 0;
  }

  private static String percent(double value) {
    return String.format(Locale.ROOT, "%.2f%%", value);
  }
}
