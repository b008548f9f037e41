package graft.cli.image;

import graft.cli.http.Reply;
import graft.cli.json.Json;
import graft.cli.output.Bars;
import graft.cli.stream.Terminal;
import java.io.IOException;
import java.io.PrintStream;
import org.jspecify.annotations.Nullable;

/// What the engine says while images come and go: bars on a terminal, a line for each step
/// elsewhere, nothing if quiet.
final class Steps {
  private final PrintStream out;
  private final boolean quiet;
  private final @Nullable Bars bars;

  private Steps(PrintStream out, boolean quiet, @Nullable Bars bars) {
    this.out = out;
    this.quiet = quiet;
    this.bars = bars;
  }

  static void print(Reply reply, boolean quiet, PrintStream out) throws IOException {
    @Nullable Bars bars = null;
    if (!quiet && Terminal.is(out.equals(System.err) ? 2 : 1)) {
      int[] size = Terminal.columnsAndRows();
      bars = new Bars(size[0], size[1]);
    }
    Steps steps = new Steps(out, quiet, bars);
    Json.Values values = Json.values(reply.body());
    for (@Nullable Json step = values.next(); step != null; step = values.next()) {
      steps.step(step);
    }
  }

  private void step(Json step) throws IOException {
    if (!step.at("error").isEmpty()) {
      out.flush();
      throw new IOException(step.at("error").text());
    }
    String stream = step.at("stream").text();
    String status = step.at("status").text();
    String id = step.at("id").text();
    Json detail = step.at("progressDetail");
    if (quiet || (stream.isEmpty() && status.isEmpty())) {
      return;
    }
    @Nullable Bars drawn = bars;
    if (!stream.isEmpty()) {
      out.print(drawn == null ? stream : drawn.above(stream.stripTrailing()));
    } else if (drawn == null) {
      if (detail.isEmpty()) {
        out.println((id.isEmpty() ? "" : id + ": ") + status);
      }
    } else if (step.has("progressDetail") && !id.isEmpty()) {
      long current = detail.at("current").number();
      out.print(drawn.update(id, status, current, detail.at("total").number()));
    } else {
      out.print(drawn.above((id.isEmpty() ? "" : id + ": ") + status));
    }
    out.flush();
  }
}
