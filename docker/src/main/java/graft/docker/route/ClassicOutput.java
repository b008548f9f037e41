package graft.docker.route;

import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.build.BuildEvent;
import graft.docker.http.Exchange;
import graft.docker.json.GoJson;
import graft.docker.json.Nodes;
import graft.error.GraftException;
import graft.oci.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What the classic builder prints, made of the events of a build whose stages run side by side:
/// lines of an instruction wait until all before it is told. Used on the thread of the request.
final class ClassicOutput {
  /// What an instruction said so far.
  private static final class Part {
    final ByteArrayOutputStream lines = new ByteArrayOutputStream();
    boolean begun;
    boolean done;
    boolean cached;
    boolean runs;
    String short12 = "";
    String state = "";

    /// Of a character that came in two pieces.
    byte[] rest = new byte[0];
  }

  private final Exchange exchange;
  private final boolean quiet;
  private final boolean remove;
  private @Nullable OutputStream out;
  private final Map<Digest, Integer> numbers = new HashMap<>();
  private final Map<Integer, Part> parts = new TreeMap<>();
  private int total;
  private int next = 1;

  /// @param quiet print nothing but the image's id
  /// @param remove tell of removed containers
  ClassicOutput(Exchange exchange, boolean quiet, boolean remove) {
    this.exchange = exchange;
    this.quiet = quiet;
    this.remove = remove;
  }

  void accept(BuildEvent event) {
    switch (event) {
      case BuildEvent.Instruction i -> instruction(i);
      case BuildEvent.Output o -> {
        Part part = part(o.vertex());
        if (part != null) {
          running(part);
          boolean error = o.source() == BuildEvent.Source.STDERR;
          say(part, whole(part, o.bytes()), error);
        }
      }
      case BuildEvent.Completed c -> {
        Part part = part(c.vertex());
        if (part != null) {
          part.cached = c.cached();
        }
      }
      case BuildEvent.Started _,
          BuildEvent.Explained _,
          BuildEvent.Failed _,
          BuildEvent.Kept _,
          BuildEvent.Status _,
          BuildEvent.Warned _ -> {
        // Nothing that the classic builder tells of.
      }
    }
    flush();
  }

  private @Nullable Part part(Digest vertex) {
    Integer number = numbers.get(vertex);
    return number == null ? null : parts.get(number);
  }

  private void instruction(BuildEvent.Instruction i) {
    Part part = parts.computeIfAbsent(i.number(), _ -> new Part());
    numbers.put(i.vertex(), i.number());
    total = i.total();
    if (i.done().isEmpty()) {
      part.short12 = i.vertex().shortHex();
      part.runs = i.text().regionMatches(true, 0, "RUN", 0, 3);
      say(part, "Step " + i.number() + "/" + i.total() + " : " + i.text(), false);
      say(part, "\n", false);
      return;
    }
    if (part.cached && i.number() > 1 && !i.text().regionMatches(true, 0, "FROM", 0, 4)) {
      say(part, " ---> Using cache\n", false);
    } else if (part.runs) {
      running(part);
      if (remove) {
        say(part, " ---> Removed intermediate container " + part.short12 + "\n", false);
      }
    }
    part.state = i.done().get().shortHex();
    part.done = true;
  }

  private void running(Part part) {
    if (!part.begun) {
      part.begun = true;
      say(part, " ---> Running in " + part.short12 + "\n", false);
    }
  }

  /// Text up to the last whole character.
  private static String whole(Part part, byte[] bytes) {
    byte[] all = new byte[part.rest.length + bytes.length];
    System.arraycopy(part.rest, 0, all, 0, part.rest.length);
    System.arraycopy(bytes, 0, all, part.rest.length, bytes.length);
    int end = all.length;
    int back = 0;
    while (back < 3 && end - back > 0 && (all[end - back - 1] & 0xc0) == 0x80) {
      back++;
    }
    if (end - back > 0) {
      int lead = all[end - back - 1] & 0xff;
      int need = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
      if (need > back) {
        end -= back + 1;
      }
    }
    part.rest = java.util.Arrays.copyOfRange(all, end, all.length);
    return new String(all, 0, end, StandardCharsets.UTF_8);
  }

  private static void say(Part part, String text, boolean error) {
    if (text.isEmpty()) {
      return;
    }
    ObjectNode line = Nodes.object();
    line.put("stream", error ? "\u001b[91m" + text + "\u001b[0m" : text);
    part.lines.writeBytes(GoJson.bytes(line, "\r\n"));
  }

  /// Tells what has its turn.
  private void flush() {
    while (true) {
      Part part = parts.get(next);
      if (part == null) {
        return;
      }
      if (part.lines.size() > 0) {
        write(part.lines.toByteArray());
        part.lines.reset();
      }
      if (!part.done) {
        return;
      }
      // The last is the image itself, which is known later.
      if (next < total) {
        stream(" ---> " + part.state + "\n");
      }
      next++;
    }
  }

  private void stream(String text) {
    ObjectNode line = Nodes.object();
    line.put("stream", text);
    write(GoJson.bytes(line, "\r\n"));
  }

  private void write(byte[] line) {
    if (quiet) {
      return;
    }
    try {
      open().write(line);
    } catch (IOException e) {
      throw new GraftException(GraftException.Kind.CANCELLED, "the client has gone", e);
    }
  }

  private OutputStream open() throws IOException {
    OutputStream to = out;
    if (to == null) {
      Exchange.Stream stream = exchange.stream("application/json");
      to = stream.out();
      out = to;
      stream.whenGone(gone);
    }
    return to;
  }

  private Runnable gone = () -> {};

  /// What is done if the client goes away.
  void whenGone(Runnable action) {
    gone = action;
  }

  /// The end: the image, and its names.
  void built(Digest id, java.util.List<String> names) throws IOException {
    if (quiet) {
      ObjectNode line = Nodes.object();
      line.put("stream", id + "\n");
      open().write(GoJson.bytes(line, "\r\n"));
    } else {
      stream(" ---> " + id.shortHex() + "\n");
      if (exchange.version().atLeast(30)) {
        ObjectNode aux = Nodes.object();
        aux.putObject("aux").put("ID", id.toString());
        write(GoJson.bytes(aux, "\r\n"));
      }
      stream("Successfully built " + id.shortHex() + "\n");
      names.forEach(n -> stream("Successfully tagged " + n + "\n"));
    }
  }

  /// An error in the stream.
  ///
  /// @param code of the command that failed; 0 for none
  void failed(String message, int code) throws IOException {
    ObjectNode line = Nodes.object();
    ObjectNode detail = line.putObject("errorDetail");
    if (code != 0) {
      detail.put("code", code);
    }
    detail.put("message", message);
    line.put("error", message);
    open().write(GoJson.bytes(line, "\r\n"));
  }

  boolean began() {
    return out != null;
  }

  void close() throws IOException {
    OutputStream to = out;
    if (to != null) {
      to.close();
    }
  }
}
