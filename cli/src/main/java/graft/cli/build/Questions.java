package graft.cli.build;

import graft.cli.http.ApiException;
import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.json.Json;
import graft.cli.system.Logins;
import graft.error.GraftException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;

/// Answers what the engine asks for while it builds: files, secrets, logins, connections to agents.
/// Each answer is a request of its own, on a thread of its own.
final class Questions {
  private final Engine engine;
  private final Input input;
  private final Secrets secrets;
  private final Agents agents;
  private volatile String path = "";

  Questions(Engine engine, Input input, Secrets secrets, Agents agents) {
    this.engine = engine;
    this.input = input;
    this.secrets = secrets;
    this.agents = agents;
  }

  /// @param build as the engine calls it
  void of(String build) {
    path = "/graft/v1/build/" + build;
  }

  void ask(Json question) {
    Thread.ofVirtual()
        .start(() -> {
          try {
            answer(question);
          } catch (ApiException e) {
            // The build has ended and needs no answer.
            return;
          } catch (IOException e) {
            // The engine is gone, which the thread that reads its answer says.
            return;
          }
        });
  }

  private void answer(Json question) throws IOException {
    String number = String.valueOf(question.at("number").number());
    String of = question.at("of").text();
    switch (question.at("ask").text()) {
      case "files" -> files(number, of);
      case "secret" -> answer(number, secret(of));
      case "login" -> answer(number, login(of));
      case "agent" -> connect(number, of);
      default -> answer(number, error("this graft does not know such questions; is it older?"));
    }
  }

  private void files(String number, String directory) throws IOException {
    try {
      Body tar = new Body("application/x-tar", -1, out -> input.write(directory, out));
      engine.send("POST", path + "/files/" + number, tar).close();
    } catch (ApiException e) {
      throw e;
    } catch (IOException e) {
      // The engine only sees that there are no more bytes.
      System.err.println("graft: cannot send the files of the build: " + e.getMessage());
      throw e;
    }
  }

  private void answer(String number, Map<String, Object> answer) throws IOException {
    engine.post(path + "/answers/" + number, answer);
  }

  private static Map<String, Object> error(String text) {
    return Map.of("error", text);
  }

  private Map<String, Object> secret(String id) {
    try {
      Optional<byte[]> value = secrets.value(id);
      return value.isEmpty()
          ? Map.of()
          : Map.of("value", Base64.getEncoder().encodeToString(value.get()));
    } catch (IOException e) {
      return error("cannot read the secret " + id + ": " + e.getMessage());
    }
  }

  private static Map<String, Object> login(String registry) {
    try {
      return Logins.of(registry).<Map<String, Object>>map(l -> Map.of("login", l)).orElse(Map.of());
    } catch (GraftException e) {
      return error(e.text()); // of a credential helper
    }
  }

  private void connect(String number, String id) throws IOException {
    try (SocketChannel agent = agents.connect(id)) {
      Map<String, String> headers = Map.of("Connection", "Upgrade", "Upgrade", "graft-agent");
      try (Reply reply = engine.send("POST", path + "/agents/" + number, headers, Body.NONE)) {
        OutputStream toEngine = reply.connection().output();
        Thread back =
            Thread.ofVirtual().start(() -> copy(Channels.newInputStream(agent), toEngine));
        copy(reply.body(), Channels.newOutputStream(agent));
        agent.shutdownInput();
        back.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    } catch (ApiException e) {
      throw e;
    } catch (IOException e) {
      answer(number, error(String.valueOf(e.getMessage())));
    }
  }

  /// Until either side has no more to say.
  private static void copy(InputStream in, OutputStream out) {
    byte[] bytes = new byte[16 << 10];
    try {
      for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
        out.write(bytes, 0, n);
        out.flush();
      }
    } catch (IOException e) {
      // The step has ended, or the agent; the other side notices at its next word.
      return;
    }
  }
}
