package graft.docker.route;

import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.docker.http.Exchange;
import graft.docker.json.Nodes;
import graft.error.GraftException;
import graft.oci.Json;
import graft.rollout.Progress;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Locale;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What a roll-out tells, as lines of JSON. The answer begins with the first of them, so that what
/// is wrong before has a status of its own. A client that goes away does not end a roll-out.
final class RolloutLines implements Consumer<Progress>, Closeable {
  /// What tells.
  interface Work {
    void run() throws IOException, InterruptedException;
  }

  private final Exchange x;
  private @Nullable OutputStream out;
  private boolean gone;

  RolloutLines(Exchange x) {
    this.x = x;
  }

  void run(Work work) throws IOException, InterruptedException {
    try {
      work.run();
    } catch (GraftException e) {
      if (out == null) {
        throw e;
      }
      write(Nodes.object().put("event", "error").put("message", e.text()));
    } catch (IOException e) {
      if (out == null) {
        throw e;
      }
      write(Nodes.object().put("event", "error").put("message", String.valueOf(e.getMessage())));
    }
  }

  @Override
  public void accept(Progress progress) {
    ObjectNode json = Nodes.object();
    switch (progress) {
      case Progress.OfImage i -> {
        json.put("event", i.parent() ? "parent" : "node");
        json.put("image", i.image().toString());
        json.set("names", Nodes.texts(i.names()));
        json.put("state", i.state().name().toLowerCase(Locale.ROOT));
        json.put("message", i.message());
        json.put("new", i.made().map(Object::toString).orElse(null));
      }
      case Progress.Switched s ->
          json.put("event", "switch").put("generation", s.generation()).put("names", s.names());
      case Progress.OfContainer c ->
          json.put("event", "container")
              .put("id", c.id())
              .put("name", c.name())
              .put("state", c.state().name().toLowerCase(Locale.ROOT))
              .put("message", c.message());
      case Progress.Done d -> {
        json.put("event", "done");
        json.put("generation", d.generation().orElse(null));
        json.put("switched", d.switched());
        json.put("skipped", d.skipped());
      }
    }
    write(json);
  }

  private void write(ObjectNode json) {
    try {
      OutputStream to = out;
      if (to == null) {
        to = x.stream("application/x-ndjson").out();
        out = to;
      }
      if (!gone) {
        to.write(Json.bytes(json));
        to.write('\n');
        to.flush();
      }
    } catch (IOException e) {
      gone = true;
    }
  }

  @Override
  public void close() throws IOException {
    OutputStream to = out;
    if (to != null && !gone) {
      to.close();
    }
  }
}
