package graft.docker.route;

import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.docker.http.Exchange;
import graft.docker.json.GoJson;
import graft.docker.json.Nodes;
import graft.error.GraftException;
import graft.images.Progress;
import graft.oci.Digest;
import graft.oci.Reference;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// A transfer's progress as the lines of JSON that Docker's clients read. The stream begins with
/// the first line: until then an error is an ordinary error answer. A client that has gone stops
/// the lines, and the transfer at its next one.
final class ProgressLines implements Progress {
  /// A layer's bytes are told at most this often.
  private static final long EVERY_NANOS = 100_000_000;

  private final Exchange exchange;
  private final boolean push;
  private final Map<Digest, Long> told = new ConcurrentHashMap<>();
  private @Nullable OutputStream out;

  ProgressLines(Exchange exchange, boolean push) {
    this.exchange = exchange;
    this.push = push;
  }

  synchronized void line(ObjectNode json) throws IOException {
    OutputStream to = out;
    if (to == null) {
      to = exchange.stream("application/json").out();
      out = to;
    }
    to.write(GoJson.bytes(json, "\r\n"));
  }

  void status(String status) throws IOException {
    ObjectNode json = Nodes.object();
    json.put("status", status);
    line(json);
  }

  void status(String id, String status) throws IOException {
    ObjectNode json = Nodes.object();
    json.put("status", status);
    json.putObject("progressDetail");
    json.put("id", id);
    line(json);
  }

  /// An error once the stream has begun (or always, as push and load do it).
  void error(String message) throws IOException {
    ObjectNode json = Nodes.object();
    json.putObject("errorDetail").put("message", message);
    json.put("error", message);
    line(json);
  }

  void finish() throws IOException {
    OutputStream to = out;
    if (to != null) {
      to.close();
    }
  }

  @Override
  public void begins(Reference name, Digest digest) {
    tell(() -> {
      if (push) {
        status("The push refers to repository [" + name.name() + "]");
      } else {
        ObjectNode json = Nodes.object();
        json.put("status", "Pulling from " + name.repository());
        json.put("id", name.tag().orElseGet(() -> name.digest().orElse(digest).toString()));
        line(json);
      }
    });
  }

  @Override
  public void layer(Digest layer, Phase phase, long current, long total) {
    String id = layer.shortHex();
    tell(() -> {
      switch (phase) {
        case WAITING -> status(id, "Pulling fs layer");
        case EXISTS -> status(id, push ? "Layer already exists" : "Already exists");
        case DOWNLOADING -> bytes(layer, "Downloading", current, total);
        case VERIFYING -> status(id, "Verifying Checksum");
        case DOWNLOADED -> status(id, "Download complete");
        case EXTRACTING -> bytes(layer, "Extracting", current, total);
        case COMPLETE -> status(id, "Pull complete");
        case PREPARING -> status(id, "Preparing");
        case PUSHING -> bytes(layer, "Pushing", current, total);
        case PUSHED -> status(id, "Pushed");
        case MOUNTED -> status(id, "Mounted from another repository");
      }
    });
  }

  private void bytes(Digest layer, String status, long current, long total) throws IOException {
    long now = System.nanoTime();
    Long last = told.get(layer);
    if (last != null && now - last < EVERY_NANOS) {
      return;
    }
    told.put(layer, now);
    ObjectNode json = Nodes.object();
    json.put("status", status);
    ObjectNode detail = json.putObject("progressDetail");
    detail.put("current", current);
    if (total > 0) {
      detail.put("total", total);
      json.put("progress", bar(current, total));
    }
    json.put("id", layer.shortHex());
    line(json);
  }

  private static String bar(long current, long total) {
    int filled = Math.clamp(current * 50 / total, 0, 50);
    return "["
        + "=".repeat(filled)
        + (filled < 50 ? ">" : "")
        + " ".repeat(Math.max(0, 49 - filled))
        + "] "
        + size(current)
        + "/"
        + size(total);
  }

  private static String size(long bytes) {
    String[] units = {"B", "kB", "MB", "GB", "TB"};
    double value = bytes;
    int unit = 0;
    while (value >= 1000 && unit < units.length - 1) {
      value /= 1000;
      unit++;
    }
    return new java.math.BigDecimal(value)
            .round(new java.math.MathContext(4))
            .stripTrailingZeros()
            .toPlainString()
        + units[unit];
  }

  private interface Telling {
    void run() throws IOException;
  }

  private static void tell(Telling telling) {
    try {
      telling.run();
    } catch (IOException e) {
      throw new GraftException(GraftException.Kind.CANCELLED, "the client has gone", e);
    }
  }
}
