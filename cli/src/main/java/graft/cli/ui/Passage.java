package graft.cli.ui;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What goes through to the engine: a pure function. Everything that is not in these tables stays
/// outside, so a browser that was turned against its user still cannot make a container.
final class Passage {
  /// Elements of paths as image names, digests and CVEs have them; no `%`, so what is looked at
  /// here is what the engine reads.
  private static final Pattern PATH = Pattern.compile("(/[A-Za-z0-9_:@+-][A-Za-z0-9._:@+-]*)+");

  private static final Pattern QUERY = Pattern.compile("[A-Za-z0-9._:@/+%=&-]*");

  private static final Pattern FILE = Pattern.compile("/[a-z]+\\.(html|css|js|svg)");

  private static final List<Pattern> READ =
      List.of(
          Pattern.compile("/graft/v1/lineage/.+"), Pattern.compile("/graft/v1/images/.+/layers"));

  private static final List<Pattern> DONE =
      List.of(
          Pattern.compile("/graft/v1/lineage/plans"),
          Pattern.compile("/graft/v1/lineage/plans/sha256:[0-9a-f]{64}/apply"),
          Pattern.compile("/graft/v1/lineage/generations/[0-9]+/rollback"),
          Pattern.compile("/graft/v1/lineage/follow/.+/ask"));

  private static final List<Pattern> FOLLOWED =
      List.of(Pattern.compile("/graft/v1/lineage/follow/.+"));

  private Passage() {}

  /// Where the engine has a file of the page; these need no key, they are the same for everybody.
  static Optional<String> file(String method, String path) {
    if (!method.equals("GET")) {
      return Optional.empty();
    }
    if (path.equals("/")) {
      return Optional.of("/graft/v1/ui/index.html");
    }
    return FILE.matcher(path).matches() ? Optional.of("/graft/v1/ui" + path) : Optional.empty();
  }

  /// What the engine is asked instead; nothing if the page has no business there.
  ///
  /// @param path as it was sent, not decoded
  static Optional<String> request(String method, String path, @Nullable String query) {
    List<Pattern> known =
        switch (method) {
          case "GET" -> READ;
          case "POST" -> DONE;
          case "PUT", "DELETE" -> FOLLOWED;
          default -> List.of();
        };
    String asked = query == null ? "" : query;
    boolean passes =
        PATH.matcher(path).matches()
            && QUERY.matcher(asked).matches()
            && known.stream().anyMatch(p -> p.matcher(path).matches());
    return passes ? Optional.of(asked.isEmpty() ? path : path + "?" + asked) : Optional.empty();
  }
}
