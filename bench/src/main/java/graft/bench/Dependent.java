package graft.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A line of `bench/dependents.txt`: an image with packages on a base.
///
/// @param updates whether its packages come with the updates of the suite
/// @param trial a command that tries it
/// @param breaks whether it is tried on bases of other releases, too
record Dependent(String name, boolean updates, String packages, String trial, boolean breaks) {
  private static final String UPDATES = "+security";
  private static final String CACHES =
      "--mount=type=cache,target=/var/cache/apt --mount=type=cache,target=/var/lib/apt/lists";

  /// By default apt takes what it had, and is content.
  private static final String UPDATE = "apt-get update -qq -o APT::Update::Error-Mode=any";

  /// Where the sources of updates are while something is installed.
  private static final String LIST = "/etc/apt/sources.list.d/updates.list";

  static List<Dependent> read(Path file, String part) throws IOException {
    List<Dependent> all = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      String[] words = line.split(" \\| ");
      String name = words[0].strip();
      if (name.contains(part)) {
        boolean breaks = words[words.length - 1].strip().equals("break");
        String trial =
            String.join(" | ", List.of(words).subList(2, words.length - (breaks ? 1 : 0)));
        all.add(
            new Dependent(
                name.replace('+', '-'), name.endsWith(UPDATES), words[1].strip(), trial, breaks));
      }
    }
    return all;
  }

  /// @param sources of updates, lines of a sources.list
  String dockerfile(String base, String sources) {
    return updates ? installing(base, packages, sources) : dockerfileWithoutUpdates(base);
  }

  String dockerfileWithoutUpdates(String base) {
    return installing(base, packages);
  }

  /// @param packages what may follow `apt-get install`
  static String installing(String base, String packages) {
    return "FROM " + base + "\nRUN " + CACHES + " " + install(packages) + "\n";
  }

  /// With the updates of the suite.
  static String installing(String base, String packages, String sources) {
    return "FROM "
        + base
        + "\nRUN "
        + CACHES
        + " "
        + withUpdates(sources, install(packages))
        + "\n";
  }

  private static String install(String packages) {
    return UPDATE
        + " && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "
        + packages;
  }

  /// The base with all updates of its suite.
  static String updated(String base, String sources) {
    return "FROM "
        + base
        + "\nRUN "
        + CACHES
        + " "
        + withUpdates(sources, UPDATE + " && DEBIAN_FRONTEND=noninteractive apt-get upgrade -qq -y")
        + " && rm -rf /var/log/* /var/cache/ldconfig/* /var/lib/dpkg/*-old /var/cache/debconf/*-old\n";
  }

  private static String withUpdates(String sources, String command) {
    return "printf '%s' '"
        + sources.replace("\n", "\\n")
        + "' | sed 's/\\\\n/\\n/g' > "
        + LIST
        + " && "
        + command
        + " && rm "
        + LIST;
  }
}
