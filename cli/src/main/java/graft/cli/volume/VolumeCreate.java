package graft.cli.volume;

import graft.cli.http.Engine;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/// `graft volume create`.
final class VolumeCreate implements Verb {
  @Override
  public Options options() {
    return new Options("volume create", "Make a volume")
        .arguments(0, 1, "[NAME]")
        .value("NAME", "Driver (local)", "-d", "--driver")
        .list("KEY[=VALUE]", "Label", "--label")
        .list("KEY=VALUE", "Option of the driver", "-o", "--opt")
        .details(
            """
            A volume keeps files when containers come and go. 'graft run -v NAME:/path' mounts it,
            and makes it if it is not there. Without NAME it gets one that is made up.\
            """)
        .example("graft volume create data", "an empty volume called data");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    Map<String, Object> request = new LinkedHashMap<>();
    request.put("Name", line.argumentOrNone(0));
    request.put("Driver", line.text("--driver", "local"));
    request.put("Labels", pairs(line, "--label"));
    request.put("DriverOpts", pairs(line, "--opt"));
    System.out.println(engine.post("/volumes/create", request).at("Name").text());
    return 0;
  }

  private static Map<String, String> pairs(Line line, String option) {
    Map<String, String> all = new LinkedHashMap<>();
    for (String pair : line.list(option)) {
      String[] parts = pair.split("=", 2);
      all.put(parts[0], parts.length > 1 ? parts[1] : "");
    }
    return all;
  }
}
