package graft.cli.container;

import graft.cli.http.ApiException;
import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.verb.Line;
import java.io.IOException;

/// Containers as a line names them.
final class Named {
  private Named() {}

  /// What is done to one of several.
  interface Act {
    void on(String path, String name) throws IOException;
  }

  static String path(String name) {
    return "/containers/" + Engine.encode(name);
  }

  /// One after another; what fails is said, the others are still done, and the code is 1.
  static int each(Line line, Act act) throws IOException {
    int code = 0;
    for (String name : line.arguments()) {
      try {
        act.on(path(name), name);
      } catch (ApiException e) {
        System.out.flush();
        System.err.println("graft: " + e.getMessage());
        code = 1;
      }
    }
    return code;
  }

  /// A request for each, whose name is printed once it is done.
  static int post(Line line, Engine engine, String what) throws IOException {
    return each(
        line,
        (path, name) -> {
          engine.send("POST", path + what, Body.NONE).close();
          System.out.println(name);
        });
  }
}
