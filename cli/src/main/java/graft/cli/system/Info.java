package graft.cli.system;

import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.output.Human;
import graft.cli.output.Template;
import graft.cli.verb.Line;
import graft.cli.verb.Listing;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.util.List;

/// `graft info`.
final class Info implements Verb {
  @Override
  public Options options() {
    return new Options("info", "Show the engine: its containers, images, storage and machine")
        .arguments(0, 0)
        .value("FORMAT", "json or a Go template", "-f", "--format")
        .flag("Print all of it as one JSON document", "--json")
        .example("graft info", "what people ask first")
        .example("graft info -f '{{.DockerRootDir}}'", "where the engine keeps its data");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    Json info = engine.get("/info");
    if (Listing.raw(line, info)) {
      return 0;
    }
    String format = line.text("--format");
    if (!format.isEmpty()) {
      System.out.println(Template.parse(Listing.template(format)).render(info));
      return 0;
    }
    row("Containers", info.at("Containers").text());
    row(" Running", info.at("ContainersRunning").text());
    row(" Paused", info.at("ContainersPaused").text());
    row(" Stopped", info.at("ContainersStopped").text());
    row("Images", info.at("Images").text());
    row("Server Version", info.at("ServerVersion").text());
    row("Storage Driver", info.at("Driver").text());
    for (Json status : info.at("DriverStatus").items()) {
      List<String> pair = status.texts();
      row(" " + pair.getFirst(), pair.getLast());
    }
    row("Logging Driver", info.at("LoggingDriver").text());
    row("Cgroup Driver", info.at("CgroupDriver").text());
    row("Cgroup Version", info.at("CgroupVersion").text());
    row("Networks", String.join(" ", info.at("Plugins", "Network").texts()));
    row("Runtimes", String.join(" ", info.at("Runtimes").fields().keySet()));
    row("Security Options", String.join(" ", info.at("SecurityOptions").texts()));
    row("Kernel Version", info.at("KernelVersion").text());
    row("Operating System", info.at("OperatingSystem").text());
    row("OSType", info.at("OSType").text());
    row("Architecture", info.at("Architecture").text());
    row("CPUs", info.at("NCPU").text());
    row("Total Memory", Human.binary(info.at("MemTotal").number()));
    row("Name", info.at("Name").text());
    row("ID", info.at("ID").text());
    row("Data Root", info.at("DockerRootDir").text());
    row("Registry Mirrors", String.join(" ", info.at("RegistryConfig", "Mirrors").texts()));
    row("Live Restore", info.at("LiveRestoreEnabled").text());
    info.at("Warnings").texts().forEach(w -> System.err.println(w));
    return 0;
  }

  private static void row(String name, String value) {
    if (!value.isEmpty()) {
      System.out.println(name + ": " + value);
    }
  }
}
