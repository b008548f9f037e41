package graft.cli.ui;

import graft.cli.json.Json;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/// A headless Chromium with one page, driven by its own protocol (Chrome DevTools): real keys, the
/// real tree of accessibility, and every request that leaves. The JDK's WebSocket is all it takes.
final class Browser implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 180;

  private final Process process;
  private final WebSocket socket;
  private final AtomicInteger numbers = new AtomicInteger();
  private final Map<Long, CompletableFuture<Json>> waiting = new ConcurrentHashMap<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final List<String> complaints = new CopyOnWriteArrayList<>();
  private String session = "";

  private Browser(Process process, String address) throws Exception {
    this.process = process;
    this.socket =
        HttpClient.newHttpClient()
            .newWebSocketBuilder()
            .buildAsync(URI.create(address), new Messages())
            .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  /// Where this machine has one.
  static Optional<Path> program() {
    return Stream.of("chromium", "chromium-headless-shell", "google-chrome", "chromium-browser")
        .map(name -> Path.of("/usr/bin", name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  static Browser start(Path program, Path profile) throws Exception {
    Process process =
        new ProcessBuilder(
                program.toString(),
                "--headless",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "--window-size=1440,900",
                "--no-first-run",
                "--no-default-browser-check",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-extensions",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                // Chromium has no sandbox for root, and all pages here are ours.
                "--no-sandbox",
                "about:blank")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    BufferedReader said = process.errorReader();
    String address = "";
    for (String line = said.readLine(); line != null; line = said.readLine()) {
      if (line.startsWith("DevTools listening on ")) {
        address = line.substring("DevTools listening on ".length()).strip();
        break;
      }
    }
    // What it still says must not fill the pipe.
    Thread.ofVirtual().start(() -> said.lines().forEach(_ -> {}));
    if (address.isEmpty()) {
      throw new IOException(program + " has ended without a debugging port");
    }
    Browser browser = new Browser(process, address);
    browser.openPage();
    return browser;
  }

  private void openPage() throws Exception {
    String target = call("Target.createTarget", Map.of("url", "about:blank")).at("targetId").text();
    session =
        call("Target.attachToTarget", Map.of("targetId", target, "flatten", true))
            .at("sessionId")
            .text();
    for (String domain : List.of("Page", "Runtime", "Network", "Log", "Accessibility")) {
      call(domain + ".enable", Map.of());
    }
  }

  // ---- the protocol

  private final class Messages implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        String message = text.toString();
        text.setLength(0);
        receive(message);
      }
      from.request(1);
      return CompletableFuture.completedStage(null);
    }

    @Override
    public void onError(WebSocket from, Throwable error) {
      waiting.values().forEach(w -> w.completeExceptionally(error));
    }
  }

  private void receive(String message) {
    try {
      Json json = Json.parse(message);
      CompletableFuture<Json> answer = waiting.remove(json.at("id").number());
      if (answer != null) {
        if (json.has("error")) {
          answer.completeExceptionally(new IOException(json.at("error").write()));
        } else {
          answer.complete(json.at("result"));
        }
        return;
      }
      Json p = json.at("params");
      switch (json.at("method").text()) {
        case "Network.requestWillBeSent" -> requests.add(p.at("request", "url").text());
        case "Runtime.exceptionThrown" ->
            complaints.add(p.at("exceptionDetails", "exception", "description").text());
        case "Log.entryAdded" -> {
          if (!p.at("entry", "source").text().equals("network")) {
            complaints.add(p.at("entry", "text").text());
          }
        }
        default -> {
          // Nothing that a test asks for.
        }
      }
    } catch (IOException e) {
      complaints.add("not JSON: " + message);
    }
  }

  Json call(String method, Map<String, ?> parameters)
      throws InterruptedException, ExecutionException, TimeoutException {
    long id = numbers.incrementAndGet();
    Map<String, Object> message = new LinkedHashMap<>();
    message.put("id", id);
    message.put("method", method);
    message.put("params", parameters);
    if (!session.isEmpty()) {
      message.put("sessionId", session);
    }
    CompletableFuture<Json> answer = new CompletableFuture<>();
    waiting.put(id, answer);
    socket.sendText(Json.of(message).write(), true).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    return answer.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  // ---- what a person does and sees

  void open(String address) throws Exception {
    // From nowhere, since a change of the fragment alone would not load anything.
    call("Page.navigate", Map.of("url", "about:blank"));
    call("Page.navigate", Map.of("url", address));
  }

  /// The value of an expression, which may be a promise.
  Json eval(String expression) throws Exception {
    Json answer =
        call(
            "Runtime.evaluate",
            Map.of("expression", expression, "returnByValue", true, "awaitPromise", true));
    if (answer.has("exceptionDetails")) {
      throw new AssertionError(
          expression + ": " + answer.at("exceptionDetails", "exception", "description").text());
    }
    return answer.at("result", "value");
  }

  /// Until an expression is true. One that fails is not true yet: what it looks at is not there.
  void await(String expression) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!eval("(() => { try { return Boolean(" + expression + ") } catch { return false } })()")
        .truth()) {
      if (System.nanoTime() > end) {
        throw new AssertionError(
            "never true: " + expression + "\n" + eval("document.body.innerText").text());
      }
      Thread.sleep(20);
    }
  }

  private static final Map<String, Integer> CODES =
      Map.ofEntries(
          Map.entry("ArrowLeft", 37),
          Map.entry("ArrowUp", 38),
          Map.entry("ArrowRight", 39),
          Map.entry("ArrowDown", 40),
          Map.entry("Enter", 13),
          Map.entry("Escape", 27),
          Map.entry("Tab", 9),
          Map.entry("Home", 36),
          Map.entry("End", 35),
          Map.entry(" ", 32));

  /// Keys by their names, one after the other; a single letter is typed.
  void press(String... keys) throws Exception {
    for (String key : keys) {
      Map<String, Object> down = new LinkedHashMap<>();
      down.put("type", "keyDown");
      down.put("key", key);
      down.put("windowsVirtualKeyCode", CODES.getOrDefault(key, (int) key.charAt(0)));
      String text = key.equals("Enter") ? "\r" : key.length() == 1 ? key : "";
      if (!text.isEmpty()) {
        down.put("text", text);
      }
      call("Input.dispatchKeyEvent", down);
      Map<String, Object> up = new LinkedHashMap<>(down);
      up.remove("text");
      up.put("type", "keyUp");
      call("Input.dispatchKeyEvent", up);
    }
  }

  void type(String text) throws Exception {
    call("Input.insertText", Map.of("text", text));
  }

  /// What a screen reader gets: the role and the name of each element that it gets at all.
  record Spoken(String role, String name, Map<String, String> properties) {}

  List<Spoken> spoken() throws Exception {
    List<Spoken> all = new ArrayList<>();
    for (Json node : call("Accessibility.getFullAXTree", Map.of()).at("nodes").items()) {
      if (!node.at("ignored").truth()) {
        Map<String, String> properties = new LinkedHashMap<>();
        node.at("properties")
            .items()
            .forEach(p -> properties.put(p.at("name").text(), p.at("value", "value").text()));
        all.add(
            new Spoken(
                node.at("role", "value").text(), node.at("name", "value").text(), properties));
      }
    }
    return all;
  }

  /// All that was asked for since the start, wherever.
  List<String> requests() {
    return requests;
  }

  /// What the page's policy has stopped, and what its scripts did not catch.
  List<String> complaints() {
    return complaints;
  }

  void dark(boolean dark) throws Exception {
    call(
        "Emulation.setEmulatedMedia",
        Map.of(
            "features",
            List.of(Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light"))));
  }

  void picture(Path file) throws Exception {
    String data = call("Page.captureScreenshot", Map.of("format", "png")).at("data").text();
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.write(file, Base64.getDecoder().decode(data));
  }

  @Override
  public void close() {
    socket.abort();
    process.destroy();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
