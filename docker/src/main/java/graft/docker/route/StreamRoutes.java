package graft.docker.route;

import graft.container.Container;
import graft.container.Containers;
import graft.container.State;
import graft.docker.http.Exchange;
import graft.docker.http.Router;
import graft.docker.json.GoTime;
import graft.engine.Engine;
import graft.error.GraftException;
import graft.event.Event;
import graft.runtime.LogReader;
import graft.runtime.Runtime.Streams;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What comes out of containers and goes in while it happens: attach and logs.
public final class StreamRoutes {
  private static final DateTimeFormatter NANOS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.nnnnnnnnn'Z'").withZone(ZoneOffset.UTC);

  private final Engine engine;
  private final Containers containers;

  public StreamRoutes(Engine engine) {
    this.engine = engine;
    this.containers = engine.containers();
  }

  public void addTo(Router router) {
    router
        .post("/containers/{id}/attach", this::attach)
        .get("/containers/{id}/attach/ws", this::attachWebSocket)
        .get("/containers/{id}/logs", this::logs)
        .post("/containers/{id}/resize", this::resize)
        .get("/containers/{id}/export", this::export);
  }

  // ---- attach

  private void attach(Exchange x) throws IOException, InterruptedException {
    Container c;
    Optional<Streams> streams;
    DetachKeys keys;
    try {
      c = containers.find(x.parameter("id"));
      keys = DetachKeys.parse(x.query("detachKeys"));
      streams = x.flag("stream") ? Optional.of(containers.attach(c.id())) : Optional.empty();
    } catch (GraftException e) {
      HijackErrors.answer(x, e);
      return;
    }
    boolean tty = c.spec().run().process().tty();
    Exchange.Stream client = x.hijack(!tty, Exchange.Head.BARE);
    join(x, c, streams, client, new Frames(client.out(), !tty), keys);
  }

  /// The same over a WebSocket: bare bytes in binary messages (of text before API 1.28), output and
  /// errors as they come.
  private void attachWebSocket(Exchange x) throws IOException, InterruptedException {
    Container c = containers.find(x.parameter("id"));
    DetachKeys keys = DetachKeys.parse(x.query("detachKeys"));
    // Before streams are joined that a refused handshake would leave behind.
    requireAttachable(c);
    Exchange.Stream client = x.webSocket(x.version().atLeast(28));
    Optional<Streams> streams =
        x.flag("stream") ? Optional.of(containers.attach(c.id())) : Optional.empty();
    if (streams.isPresent() && !(x.flag("stdin") && c.spec().run().openStdin())) {
      // Somebody has to answer pings and to notice that the client leaves.
      Streams process = streams.get();
      client.whenGone(() -> closeQuietly(process));
    }
    try {
      join(x, c, streams, client, new Frames(client.out(), false), keys);
    } finally {
      client.out().close();
    }
  }

  private static void closeQuietly(Streams streams) {
    try {
      streams.close();
    } catch (IOException e) {
      // It is gone.
      return;
    }
  }

  private static void requireAttachable(Container c) {
    if (c.state() instanceof State.Paused) {
      throw GraftException.conflict(
          "container " + c.name() + " is paused, unpause the container before attach");
    }
  }

  private void join(
      Exchange x,
      Container c,
      Optional<Streams> streams,
      Exchange.Stream client,
      Frames out,
      DetachKeys keys)
      throws IOException, InterruptedException {
    boolean tty = c.spec().run().process().tty();
    Set<Streams.Source> sources = sources(x);
    if (x.flag("logs")) {
      replay(c, out, sources);
    }
    if (streams.isEmpty()) {
      containers.announce(c, "attach", Map.of());
      return;
    }
    boolean stdin = x.flag("stdin") && c.spec().run().openStdin();
    boolean detached =
        new Joined(streams.get(), client, out, sources)
            .run(
                new Joined.Input(
                    stdin,
                    c.spec().run().stdinOnce() && !tty,
                    tty ? Optional.of(keys) : Optional.empty()),
                () -> {});
    if (detached) {
      Map<String, String> attributes = new HashMap<>(c.spec().labels());
      attributes.put("image", c.imageName());
      attributes.put("name", c.name());
      engine.events().publish(Event.Type.CONTAINER, "detach", c.id(), attributes);
    }
  }

  private void replay(Container c, Frames out, Set<Streams.Source> sources)
      throws IOException, InterruptedException {
    try (LogReader reader = containers.logs(c.id(), LogReader.Query.ALL)) {
      for (Optional<LogReader.Entry> e = reader.next(); e.isPresent(); e = reader.next()) {
        if (sources.contains(e.get().source())) {
          out.write(e.get().source(), ByteBuffer.wrap(e.get().text()));
        }
      }
    } catch (GraftException e) {
      out.error("Error grabbing logs: " + e.text() + "\n");
    }
  }

  private static Set<Streams.Source> sources(Exchange x) {
    Set<Streams.Source> sources = EnumSet.noneOf(Streams.Source.class);
    if (x.flag("stdout")) {
      sources.add(Streams.Source.STDOUT);
    }
    if (x.flag("stderr")) {
      sources.add(Streams.Source.STDERR);
    }
    return sources;
  }

  // ---- logs

  private void logs(Exchange x) throws IOException, InterruptedException {
    Container c = containers.find(x.parameter("id"));
    Set<Streams.Source> sources = sources(x);
    if (sources.isEmpty()) {
      throw GraftException.invalid("Bad parameters: you must choose at least one stream");
    }
    boolean tty = c.spec().run().process().tty();
    LogReader.Query query =
        new LogReader.Query(
            tail(x.query("tail")),
            time(x.query("since")),
            time(x.query("until")),
            x.flag("follow"));
    String details = x.flag("details") ? details(c) + " " : "";
    try (LogReader reader = containers.logs(c.id(), query)) {
      boolean framedType = !tty && x.version().atLeast(42);
      Exchange.Stream client =
          x.stream(
              framedType
                  ? "application/vnd.docker.multiplexed-stream"
                  : "application/vnd.docker.raw-stream");
      Thread reading = Thread.currentThread();
      client.whenGone(reading::interrupt);
      Frames out = new Frames(client.out(), !tty);
      try {
        copy(reader, out, sources, x.flag("timestamps"), details);
        client.out().close();
      } catch (InterruptedException e) {
        // The client has gone: nobody reads on.
        return;
      } catch (GraftException e) {
        out.error("Error grabbing logs: " + e.text() + "\n");
        client.out().close();
      }
    }
  }

  private static void copy(
      LogReader reader, Frames out, Set<Streams.Source> sources, boolean timestamps, String details)
      throws IOException, InterruptedException {
    for (Optional<LogReader.Entry> e = reader.next(); e.isPresent(); e = reader.next()) {
      LogReader.Entry entry = e.get();
      if (!sources.contains(entry.source())) {
        continue;
      }
      String prefix = (timestamps ? NANOS.format(entry.at()) + " " : "") + details;
      byte[] head = prefix.getBytes(StandardCharsets.UTF_8);
      byte[] text = entry.text();
      byte[] line = java.util.Arrays.copyOf(head, head.length + text.length);
      System.arraycopy(text, 0, line, head.length, text.length);
      out.write(entry.source(), ByteBuffer.wrap(line));
    }
  }

  private static long tail(String given) {
    try {
      return given.isEmpty() ? -1 : Math.max(-1, Long.parseLong(given));
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  private static Optional<Instant> time(String given) {
    Instant time = GoTime.parse(given);
    return time.equals(Instant.EPOCH) ? Optional.empty() : Optional.of(time);
  }

  /// Labels and variables that the log options name, as `k=v,k2=v2`.
  private String details(Container c) {
    StringBuilder text = new StringBuilder();
    containers
        .logAttributes(c.id())
        .forEach((k, v) ->
            text.append(text.isEmpty() ? "" : ",").append(encode(k)).append('=').append(encode(v)));
    return text.toString();
  }

  private static String encode(String text) {
    return java.net.URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  // ---- the rest

  private void resize(Exchange x) throws IOException {
    Container c = containers.find(x.parameter("id"));
    int rows = size(x, "h", "height");
    containers.resize(c.id(), size(x, "w", "width"), rows);
    x.empty(200);
  }

  static int size(Exchange x, String parameter, String what) {
    String given = x.query(parameter);
    if (!given.matches("[+-]?[0-9]+")) {
      throw GraftException.invalid("invalid resize " + what + " \"" + given + "\": invalid syntax");
    }
    BigInteger number = new BigInteger(given);
    if (number.signum() < 0 || number.bitLength() > 32) {
      throw GraftException.invalid(
          "invalid resize " + what + " \"" + given + "\": value out of range");
    }
    // No terminal has more: the kernel counts rows and columns in 16 bits.
    return number.min(BigInteger.valueOf(0xffff)).intValue();
  }

  private void export(Exchange x) throws IOException {
    Container c = containers.find(x.parameter("id"));
    Exchange.Stream client = x.stream("application/octet-stream");
    containers.export(c.id(), client.out());
    client.out().close();
  }
}
