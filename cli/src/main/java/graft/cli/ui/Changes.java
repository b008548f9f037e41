package graft.cli.ui;

import graft.cli.http.Reply;
import graft.cli.json.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The engine's events as one word a line. An empty line now and then finds out whether the browser
/// is still there, where nothing happens.
final class Changes {
  private static final int SILENCE_SECONDS = 20;
  private static final String END = "";

  private final Reply events;
  private final OutputStream out;
  private final BlockingQueue<String> words = new LinkedBlockingQueue<>(1024);

  Changes(Reply events, OutputStream out) {
    this.events = events;
    this.out = out;
  }

  /// Until either side has gone.
  void tell() throws IOException {
    Thread reader = Thread.ofVirtual().name("changes").start(this::read);
    try {
      say("");
      while (true) {
        @Nullable String word = words.poll(SILENCE_SECONDS, TimeUnit.SECONDS);
        if (END.equals(word)) {
          return;
        }
        say(word == null ? "" : word);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      events.close();
      reader.interrupt();
    }
  }

  private void say(String word) throws IOException {
    out.write((word + "\n").getBytes(StandardCharsets.US_ASCII));
    out.flush();
  }

  private void read() {
    try {
      Json.Values values = Json.values(events.body());
      for (@Nullable Json event = values.next(); event != null; event = values.next()) {
        String type = event.at("Type").text();
        // A full queue has a word for the page already.
        words.offer(type.equals("image") ? "image" : "container");
      }
      words.put(END);
    } catch (IOException | InterruptedException e) {
      words.clear();
      words.offer(END);
    }
  }
}
