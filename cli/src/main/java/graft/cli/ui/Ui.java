package graft.cli.ui;

import graft.cli.http.ApiException;
import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.concurrent.CountDownLatch;

/// `graft ui`: the tree of images in a browser, for as long as the command runs.
final class Ui implements Verb {
  private static final String LISTEN = "127.0.0.1:0";

  @Override
  public Options options() {
    return new Options("ui", "Show the tree in a browser: findings, what-if, roll-out")
        .arguments(0, 0)
        .value("ADDRESS", "Where to listen, a loopback address; " + LISTEN, "--listen")
        .flag("Open the link in this desktop's browser", "--open")
        .details(
            """
            Prints a link that works once, for one browser; when it was used, the next one is
            printed. The page comes from the engine, also from one elsewhere (--host tcp://...), and
            may do no more than look at the tree, plan, apply and roll back. It asks nobody else for
            anything. Ctrl-C ends it.

            From another machine: ssh -L 8080:127.0.0.1:8080 HOST graft ui --listen 127.0.0.1:8080\
            """)
        .example("graft ui --open", "look at the tree")
        .example("graft ui --listen 127.0.0.1:8080", "at a port that you know");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    InetSocketAddress address = address(line);
    requirePage(engine);
    try (Gateway gateway = Gateway.start(address, engine, Ui::used)) {
      String link = gateway.link();
      System.out.println("The tree of images: " + link);
      System.out.println("This link works once. Ctrl-C ends it.");
      System.out.flush();
      if (line.flag("--open")) {
        open(link);
      }
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return 130;
  }

  private static void used(String next) {
    System.out.println("A browser came in. For another one: " + next);
    System.out.flush();
  }

  /// An engine from before the page says so here, not in the browser.
  private static void requirePage(Engine engine) throws IOException {
    try (Reply reply = engine.send("GET", "/graft/v1/ui/index.html", Body.NONE)) {
      reply.body().readAllBytes();
    } catch (ApiException e) {
      if (e.status() == 404) {
        throw new IOException("this engine has no page: it is older than this command", e);
      }
      throw e;
    }
  }

  private static InetSocketAddress address(Line line) {
    String text = line.text("--listen", LISTEN);
    int colon = text.lastIndexOf(':');
    String name = colon < 0 ? "" : text.substring(0, colon);
    String port = text.substring(colon + 1);
    if (name.isEmpty() || !port.matches("[0-9]{1,5}") || Integer.parseInt(port) > 65535) {
      throw line.refuse("--listen is an address and a port, as " + LISTEN + "; not " + text);
    }
    InetAddress address;
    try {
      address = InetAddress.getByName(name);
    } catch (UnknownHostException e) {
      throw line.refuse("cannot listen on " + text + ": nobody knows the host " + name);
    }
    if (!address.isLoopbackAddress()) {
      throw line.refuse(
          "cannot listen on "
              + text
              + ": the page goes over the wire in the clear, so only loopback addresses are"
              + " possible; from elsewhere use ssh -L");
    }
    return new InetSocketAddress(address, Integer.parseInt(port));
  }

  private static void open(String link) {
    try {
      new ProcessBuilder("xdg-open", link)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD)
          .redirectError(ProcessBuilder.Redirect.DISCARD)
          .start();
    } catch (IOException e) {
      System.err.println("graft: cannot open a browser (" + e.getMessage() + "): use the link");
    }
  }
}
