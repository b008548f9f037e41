package graft.cli.system;

import graft.cli.http.ApiException;
import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;

/// `graft pin` and `graft unpin`.
final class Pin implements Verb {
  private final boolean on;

  Pin(boolean on) {
    this.on = on;
  }

  @Override
  public Options options() {
    return on
        ? new Options("pin", "Keep images, containers or volumes from every prune")
            .arguments(1, -1, "NAME...")
            .details(
                """
                What is pinned is taken by no prune, and a pinned image by no 'graft rmi' without
                --force. NAME is that of a container, else of an image, else of a volume. A pin is on
                the image that the name means now: should the name come to mean another, the pin
                stays where it is.\
                """)
            .example("graft pin postgres:16", "that image stays")
            .example("graft pin db-data", "that volume stays, used or not")
        : new Options("unpin", "Let what was pinned go again")
            .arguments(1, -1, "NAME...")
            .example("graft unpin postgres:16", "the next prune may take it");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    int code = 0;
    for (String name : line.arguments()) {
      String path = "/graft/v1/pins/" + Engine.encode(name);
      try {
        Json pin = on ? engine.post(path) : engine.delete(path);
        String what = pin.at("kind").text() + " " + pin.at("name").text();
        if (pin.at("changed").truth()) {
          System.out.println((on ? "pinned " : "unpinned ") + what);
        } else {
          System.out.println(what + (on ? " was pinned already" : " was not pinned"));
        }
      } catch (ApiException e) {
        System.out.flush();
        System.err.println("graft: " + e.getMessage());
        code = 1;
      }
    }
    return code;
  }
}
