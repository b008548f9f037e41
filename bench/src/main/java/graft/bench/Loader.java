package graft.bench;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// What the dynamic loader itself says of programs and libraries, as `ldd -r` asks it: in a
/// container, each file with all its symbols.
final class Loader {
  private static final String SCRIPT =
      """
      for l in /lib64/ld-linux-*.so.* /lib/ld-linux-*.so.*; do [ -x "$l" ] && break; done
      while read -r f; do
        echo "= $f"
        LD_TRACE_LOADED_OBJECTS=1 LD_WARN=1 LD_BIND_NOW=1 "$l" "/$f" 2>&1
      done
      true
      """;

  private final Map<String, Set<String>> complaints = new TreeMap<>();

  private Loader() {}

  /// @param files paths without the slash at the start
  static Loader of(Cli cli, String image, List<String> files)
      throws IOException, InterruptedException {
    Cli.Result result =
        cli.run(
            files.stream().map(f -> f + "\n").collect(Collectors.joining()),
            "run",
            "-i",
            "--rm",
            "--network",
            "none",
            "-w",
            "/",
            image,
            "sh",
            "-c",
            SCRIPT);
    Loader all = new Loader();
    int asked = 0;
    String path = "";
    for (String line : result.out().lines().toList()) {
      if (line.startsWith("= ")) {
        path = line.substring(2);
        asked++;
      } else if (line.contains("not found") || line.contains("undefined symbol")) {
        all.complaints.computeIfAbsent(path, _ -> new TreeSet<>()).add(line.strip());
      }
    }
    if (asked != files.size()) {
      throw new IOException(
          "the loader was asked of "
              + asked
              + " files of "
              + files.size()
              + " in "
              + image
              + ": "
              + result.out().lines().limit(5).toList());
    }
    return all;
  }

  Set<String> of(String path) {
    return complaints.getOrDefault(path, Set.of());
  }

  /// Files of which it says something that it did not say before.
  Set<String> worseThan(Loader before) {
    Set<String> all = new TreeSet<>();
    complaints.forEach((path, said) -> {
      if (!before.of(path).containsAll(said)) {
        all.add(path);
      }
    });
    return all;
  }
}
