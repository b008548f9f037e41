package graft.docker.ui;

import graft.docker.http.Exchange;
import graft.docker.http.Router;
import graft.error.GraftException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;

/// `GET /graft/v1/ui/{file}`: the files of the page, each by its name in a table.
public final class PageRoutes {
  private static final String SCRIPT = "text/javascript; charset=utf-8";

  /// All files that there are, and what they are.
  private static final Map<String, String> TYPES =
      Map.ofEntries(
          Map.entry("index.html", "text/html; charset=utf-8"),
          Map.entry("style.css", "text/css; charset=utf-8"),
          Map.entry("icon.svg", "image/svg+xml"),
          Map.entry("main.js", SCRIPT),
          Map.entry("api.js", SCRIPT),
          Map.entry("dom.js", SCRIPT),
          Map.entry("tree.js", SCRIPT),
          Map.entry("overview.js", SCRIPT),
          Map.entry("image.js", SCRIPT),
          Map.entry("plan.js", SCRIPT),
          Map.entry("follow.js", SCRIPT),
          Map.entry("history.js", SCRIPT));

  public void addTo(Router router) {
    router.get("/graft/v1/ui/{file}", PageRoutes::file);
  }

  private static void file(Exchange x) throws IOException {
    String name = x.parameter("file");
    String type = TYPES.get(name);
    if (type == null) {
      throw GraftException.notFound("the page has no file " + name);
    }
    try (InputStream in = PageRoutes.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IOException("the file " + name + " of the page is missing from Graft's jar");
      }
      x.withHeader("X-Content-Type-Options", "nosniff").bytes(200, type, in.readAllBytes());
    }
  }
}
