package graft.docker.route;

import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.build.BuildEvent;
import graft.build.BuildException;
import graft.build.dockerfile.Lines;
import graft.build.dockerfile.Location;
import graft.docker.json.GoJson;
import graft.docker.json.Nodes;
import graft.oci.Digest;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/// The lines of the answer to `POST /graft/v1/build`.
final class BuildLines implements Consumer<BuildEvent> {
  private static final int PIECE = 128 << 10;

  /// @param data bytes that follow it
  record Line(ObjectNode json, byte[] data) {
    Line(ObjectNode json) {
      this(json, new byte[0]);
    }
  }

  private final Consumer<Line> lines;

  BuildLines(Consumer<Line> lines) {
    this.lines = lines;
  }

  static void write(OutputStream out, Line line) throws IOException {
    out.write(GoJson.bytes(line.json(), "\n"));
    out.write(line.data());
    out.flush();
  }

  /// What is written to it becomes lines with data.
  ///
  /// @param number the export's
  /// @param platform empty if it is not of one
  static OutputStream export(Consumer<Line> lines, int number, String platform) {
    OutputStream pieces =
        new OutputStream() {
          @Override
          public void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
          }

          @Override
          public void write(byte[] bytes, int from, int length) {
            ObjectNode json = Nodes.object().put("export", number);
            json.put("platform", platform).put("data", length);
            lines.accept(new Line(json, Arrays.copyOfRange(bytes, from, from + length)));
          }
        };
    return new BufferedOutputStream(pieces, PIECE);
  }

  static ObjectNode error(BuildException e) {
    ObjectNode json = Nodes.object();
    json.put("error", String.valueOf(e.getMessage()));
    e.exitCode().ifPresent(c -> json.put("code", c));
    e.location().ifPresent(l -> place(json, l));
    return json;
  }

  private static void place(ObjectNode json, Location place) {
    json.put("file", place.file());
    json.put("source", place.data());
    lines(json, place.lines());
  }

  private static void lines(ObjectNode json, List<Lines> lines) {
    for (Lines one : lines) {
      json.withArray("lines").addObject().put("first", one.first()).put("last", one.last());
    }
  }

  @Override
  public void accept(BuildEvent event) {
    ObjectNode json = Nodes.object();
    json.put("vertex", event.vertex().toString());
    json.put("at", event.at().toString());
    switch (event) {
      case BuildEvent.Started e -> {
        json.put("event", "started").put("name", e.name());
        json.set("inputs", Nodes.texts(e.inputs().stream().map(Digest::toString).toList()));
      }
      case BuildEvent.Completed e -> json.put("event", "completed").put("cached", e.cached());
      case BuildEvent.Failed e ->
          json.put("event", "failed").put("error", e.error()).put("canceled", e.canceled());
      case BuildEvent.Output e -> {
        json.put("event", "output").put("bytes", e.bytes());
        json.put("error", e.source() == BuildEvent.Source.STDERR);
      }
      case BuildEvent.Status e -> {
        json.put("event", "status").put("name", e.name()).put("current", e.current());
        json.put("total", e.total()).put("started", e.started().toString());
        json.put("done", e.completed().isPresent());
      }
      case BuildEvent.Warned e -> {
        json.put("event", "warning").put("rule", e.warning().rule());
        json.put("detail", e.warning().detail()).put("about", e.warning().description());
        json.put("url", e.warning().url());
        place(json, e.place());
      }
      case BuildEvent.Kept e -> json.put("event", "kept").put("image", e.image());
      case BuildEvent.Explained e -> json.put("event", "explained").put("reason", e.reason());
      case BuildEvent.Instruction _ -> {
        return; // the classic builder's count
      }
    }
    lines.accept(new Line(json));
  }
}
