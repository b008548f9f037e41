package graft.registry;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.oci.Document;
import graft.oci.MediaTypes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A registry in this process, on loopback, that breaks on purpose. Faults are fields: set them,
/// and they count themselves down.
public final class FakeRegistry implements AutoCloseable {
  private static final Pattern PATH =
      Pattern.compile("/v2/(.+)/(manifests|blobs|tags|referrers)/(.*)");
  public static final String USER = "u";
  public static final String PASSWORD = "pw";
  public static final String TOKEN = "good-token";
  public static final String IDENTITY = "good-identity";

  /// How it wants to be asked.
  public enum Auth {
    NONE,
    BASIC,
    BEARER
  }

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<Digest, byte[]> blobs = new ConcurrentHashMap<>();
  private final Map<String, Boolean> links = new ConcurrentHashMap<>();
  private final Map<String, byte[]> manifests = new ConcurrentHashMap<>();
  private final Map<String, String> types = new ConcurrentHashMap<>();
  private final Map<String, ByteArrayOutputStream> uploads = new ConcurrentHashMap<>();

  /// Every request: method, path and query, and whether it carried an `Authorization`.
  public final List<String> log = new CopyOnWriteArrayList<>();

  public volatile Auth auth = Auth.NONE;

  /// The next so many blob answers end after `cutAfter` bytes.
  public final AtomicInteger cuts = new AtomicInteger();

  public volatile int cutAfter = 1000;

  /// What it says to a search; empty: it has none, as most registries.
  public volatile String found = "";

  /// The next so many requests (other than `/v2/`) are refused with `failStatus`.
  public final AtomicInteger failures = new AtomicInteger();

  public volatile int failStatus = 500;
  public volatile String retryAfter = "";

  /// The next so many uploads of a body break after `cutAfter` bytes have been kept.
  public final AtomicInteger uploadCuts = new AtomicInteger();

  /// Each answer with a blob's bytes takes a permit first; drain them, and downloads wait.
  public final Semaphore gate = new Semaphore(Integer.MAX_VALUE / 2);

  public volatile boolean ignoreRanges;
  public volatile boolean wrongBytes;
  public volatile boolean tooMuch;
  public volatile boolean refuseMounts;
  public volatile int tagsPerPage = 1000;

  /// Where blobs really lie, for example `http://localhost:5001`; empty: here.
  public volatile String redirectBlobsTo = "";

  /// The token server's address; empty: here.
  public volatile String realm = "";

  public FakeRegistry() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  /// `127.0.0.1:port`.
  public String host() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  public Descriptor addBlob(String repository, String mediaType, byte[] bytes) {
    Digest digest = Digest.of(bytes);
    blobs.put(digest, bytes);
    links.put(repository + "@" + digest, true);
    return new Descriptor(mediaType, digest, bytes.length);
  }

  public void addManifest(String repository, String tag, Document document) {
    byte[] bytes = document.raw().bytes();
    for (String which : List.of(tag, document.raw().digest().toString())) {
      manifests.put(repository + ":" + which, bytes);
      types.put(repository + ":" + which, document.mediaType());
    }
  }

  /// An image of one config and these layers, whole.
  public Document.Manifest addImage(
      String repository, String tag, byte[] config, byte[]... layers) {
    Document.Manifest manifest =
        Document.Manifest.create(
            addBlob(repository, MediaTypes.OCI_CONFIG, config),
            Arrays.stream(layers)
                .map(l -> addBlob(repository, MediaTypes.OCI_LAYER_GZIP, l))
                .toList(),
            Map.of());
    addManifest(repository, tag, manifest);
    return manifest;
  }

  public boolean hasBlob(String repository, Digest digest) {
    return links.containsKey(repository + "@" + digest) && blobs.containsKey(digest);
  }

  public byte[] blob(Digest digest) {
    return blobs.getOrDefault(digest, new byte[0]);
  }

  public boolean hasManifest(String repository, String which) {
    return manifests.containsKey(repository + ":" + which);
  }

  private void handle(HttpExchange x) throws IOException {
    try (x) {
      String path = x.getRequestURI().getPath();
      boolean secret = x.getRequestHeaders().containsKey("Authorization");
      log.add(x.getRequestMethod() + " " + x.getRequestURI() + (secret ? " +auth" : ""));
      if (path.equals("/token")) {
        token(x);
      } else if (path.startsWith("/raw/")) {
        sendBlob(x, Digest.parse(path.substring(5)));
      } else if (!authorized(x)) {
        challenge(x);
      } else if (path.equals("/v2/")) {
        send(x, 200, "application/json", "{}");
      } else if (countDown(failures)) {
        if (!retryAfter.isEmpty()) {
          x.getResponseHeaders().set("Retry-After", retryAfter);
        }
        send(x, failStatus, "text/plain", "broken on purpose");
      } else if (path.equals("/v1/search") && !found.isEmpty()) {
        send(x, 200, "application/json", found);
      } else if (path.equals("/v2/_catalog")) {
        catalog(x);
      } else {
        Matcher m = PATH.matcher(path);
        if (m.matches()) {
          route(x, m.group(1), m.group(2), m.group(3));
        } else {
          error(x, 404, "UNSUPPORTED", "no such path");
        }
      }
    }
  }

  private static boolean countDown(AtomicInteger counter) {
    return counter.getAndUpdate(n -> Math.max(0, n - 1)) > 0;
  }

  private boolean authorized(HttpExchange x) {
    String given = String.valueOf(x.getRequestHeaders().getFirst("Authorization"));
    return switch (auth) {
      case NONE -> true;
      case BASIC -> given.equals(basic());
      case BEARER -> given.equals("Bearer " + TOKEN);
    };
  }

  private static String basic() {
    byte[] pair = (USER + ":" + PASSWORD).getBytes(StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(pair);
  }

  private void challenge(HttpExchange x) throws IOException {
    String tokens = realm.isEmpty() ? "http://" + host() + "/token" : realm;
    x.getResponseHeaders()
        .add(
            "WWW-Authenticate",
            auth == Auth.BASIC
                ? "Basic realm=\"a, \\\"b\\\"\""
                : "Bearer realm=\"" + tokens + "\",service=\"fake\"");
    error(x, 401, "UNAUTHORIZED", "authentication required");
  }

  private void token(HttpExchange x) throws IOException {
    String form = new String(x.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    String given = String.valueOf(x.getRequestHeaders().getFirst("Authorization"));
    if (!given.equals(basic()) && !form.contains("refresh_token=" + IDENTITY)) {
      send(x, 401, "application/json", "{\"details\":\"incorrect username or password\"}");
      return;
    }
    String query = String.valueOf(x.getRequestURI().getQuery());
    String identity =
        query.contains("offline_token=true") ? ",\"refresh_token\":\"" + IDENTITY + "\"" : "";
    String field = form.isEmpty() ? "token" : "access_token";
    send(
        x,
        200,
        "application/json",
        "{\"" + field + "\":\"" + TOKEN + "\",\"expires_in\":300" + identity + "}");
  }

  private void route(HttpExchange x, String name, String kind, String rest) throws IOException {
    switch (kind) {
      case "manifests" -> manifest(x, name, rest);
      case "tags" -> tags(x, name);
      case "blobs" -> {
        if (rest.startsWith("uploads/")) {
          upload(x, name, rest.substring(8));
        } else {
          Digest digest = Digest.parse(rest);
          if (!hasBlob(name, digest)) {
            error(x, 404, "BLOB_UNKNOWN", "blob unknown to registry");
          } else if (!redirectBlobsTo.isEmpty()) {
            x.getResponseHeaders()
                .set("Location", redirectBlobsTo + "/raw/" + digest + "?signature=secret");
            send(x, 307, "text/plain", "");
          } else {
            sendBlob(x, digest);
          }
        }
      }
      default -> error(x, 404, "UNSUPPORTED", "not here");
    }
  }

  private void manifest(HttpExchange x, String name, String which) throws IOException {
    if (x.getRequestMethod().equals("PUT")) {
      byte[] bytes = x.getRequestBody().readAllBytes();
      String type = x.getRequestHeaders().getFirst("Content-Type");
      Document document = Document.parse(bytes, type);
      addManifest(name, which, document);
      x.getResponseHeaders().set("Docker-Content-Digest", document.raw().digest().toString());
      send(x, 201, "text/plain", "");
      return;
    }
    byte[] bytes = manifests.get(name + ":" + which);
    if (bytes == null) {
      error(x, 404, "MANIFEST_UNKNOWN", "manifest unknown");
      return;
    }
    Headers headers = x.getResponseHeaders();
    headers.set("Docker-Content-Digest", Digest.of(bytes).toString());
    if (wrongBytes) {
      bytes =
          new String(bytes, StandardCharsets.UTF_8)
              .replace("schema", "Schema")
              .getBytes(StandardCharsets.UTF_8);
    }
    headers.set("Content-Type", types.getOrDefault(name + ":" + which, ""));
    send(x, 200, bytes);
  }

  /// Two at a time, in alphabetical order.
  private void catalog(HttpExchange x) throws IOException {
    List<String> all =
        manifests.keySet().stream()
            .map(key -> key.substring(0, key.indexOf(':')))
            .distinct()
            .sorted()
            .toList();
    String query = String.valueOf(x.getRequestURI().getQuery());
    int last = query.indexOf("last=");
    int from = last < 0 ? 0 : all.indexOf(query.substring(last + 5)) + 1;
    List<String> page = all.subList(from, Math.min(all.size(), from + 2));
    if (from + page.size() < all.size()) {
      String next = "/v2/_catalog?n=2&last=" + page.getLast();
      x.getResponseHeaders().set("Link", "<" + next + ">; rel=\"next\"");
    }
    String names = page.isEmpty() ? "" : "\"" + String.join("\",\"", page) + "\"";
    send(x, 200, "application/json", "{\"repositories\":[" + names + "]}");
  }

  private void tags(HttpExchange x, String name) throws IOException {
    TreeSet<String> all = new TreeSet<>();
    manifests.keySet().stream()
        .filter(k -> k.startsWith(name + ":") && !k.contains("sha256:"))
        .forEach(k -> all.add(k.substring(name.length() + 1)));
    String query = String.valueOf(x.getRequestURI().getQuery());
    List<String> left =
        query.startsWith("last=")
            ? List.copyOf(all.tailSet(query.substring(5), false))
            : List.copyOf(all);
    List<String> page = left.stream().limit(tagsPerPage).toList();
    if (page.size() < left.size()) {
      x.getResponseHeaders()
          .set("Link", "</v2/" + name + "/tags/list?last=" + page.getLast() + ">; rel=\"next\"");
    }
    send(x, 200, "application/json", "{\"tags\":[\"" + String.join("\",\"", page) + "\"]}");
  }

  private void sendBlob(HttpExchange x, Digest digest) throws IOException {
    byte[] bytes = blob(digest).clone();
    if (wrongBytes) {
      bytes[bytes.length / 2] ^= 1;
    }
    int from = 0;
    String range = String.valueOf(x.getRequestHeaders().getFirst("Range"));
    int status = 200;
    if (range.startsWith("bytes=") && !ignoreRanges) {
      from = Integer.parseInt(range.substring(6, range.indexOf('-')));
      status = 206;
      x.getResponseHeaders()
          .set("Content-Range", "bytes " + from + "-" + (bytes.length - 1) + "/" + bytes.length);
    }
    if (x.getRequestMethod().equals("HEAD")) {
      send(x, 200, bytes);
      return;
    }
    byte[] rest = Arrays.copyOfRange(bytes, from, bytes.length);
    if (tooMuch) {
      x.sendResponseHeaders(status, 0);
      x.getResponseBody().write(rest);
      x.getResponseBody().write(rest);
      return;
    }
    x.sendResponseHeaders(status, rest.length == 0 ? -1 : rest.length);
    OutputStream out = x.getResponseBody();
    gate.acquireUninterruptibly();
    if (countDown(cuts)) {
      out.write(rest, 0, Math.min(cutAfter, rest.length));
      out.flush();
      return;
    }
    out.write(rest);
  }

  private void upload(HttpExchange x, String name, String id) throws IOException {
    String query = String.valueOf(x.getRequestURI().getQuery());
    if (id.isEmpty()) {
      Matcher mount = Pattern.compile("mount=([^&]*)&from=(.*)").matcher(query);
      if (mount.matches() && !refuseMounts) {
        Digest digest = Digest.parse(mount.group(1));
        if (hasBlob(mount.group(2), digest)) {
          links.put(name + "@" + digest, true);
          send(x, 201, "text/plain", "");
          return;
        }
      }
      String fresh = UUID.randomUUID().toString();
      uploads.put(fresh, new ByteArrayOutputStream());
      accepted(x, name, fresh, 202);
      return;
    }
    ByteArrayOutputStream part = uploads.get(id);
    if (part == null) {
      error(x, 404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry");
      return;
    }
    if (x.getRequestMethod().equals("GET")) {
      accepted(x, name, id, 204);
      return;
    }
    if (countDown(uploadCuts)) {
      part.write(x.getRequestBody().readNBytes(cutAfter));
      return;
    }
    String range = x.getRequestHeaders().getFirst("Content-Range");
    if (range != null && !range.startsWith(part.size() + "-")) {
      error(x, 416, "RANGE_INVALID", "not the next byte");
      return;
    }
    part.write(x.getRequestBody().readAllBytes());
    if (x.getRequestMethod().equals("PATCH")) {
      accepted(x, name, id, 202);
      return;
    }
    Digest digest = Digest.parse(query.replaceFirst(".*digest=", ""));
    uploads.remove(id);
    if (!Digest.of(part.toByteArray()).equals(digest)) {
      error(x, 400, "DIGEST_INVALID", "provided digest did not match uploaded content");
      return;
    }
    addBlob(name, "", part.toByteArray());
    send(x, 201, "text/plain", "");
  }

  private void accepted(HttpExchange x, String name, String id, int status) throws IOException {
    ByteArrayOutputStream part = uploads.get(id);
    int size = part == null ? 0 : part.size();
    x.getResponseHeaders().set("Location", "/v2/" + name + "/blobs/uploads/" + id + "?state=1");
    x.getResponseHeaders().set("Range", "0-" + Math.max(0, size - 1));
    send(x, status, new byte[0]);
  }

  private static void error(HttpExchange x, int status, String code, String text)
      throws IOException {
    send(
        x,
        status,
        "application/json",
        "{\"errors\":[{\"code\":\"" + code + "\",\"message\":\"" + text + "\"}]}");
  }

  private static void send(HttpExchange x, int status, String type, String text)
      throws IOException {
    x.getResponseHeaders().set("Content-Type", type);
    send(x, status, text.getBytes(StandardCharsets.UTF_8));
  }

  private static void send(HttpExchange x, int status, byte[] body) throws IOException {
    if (x.getRequestMethod().equals("HEAD")) {
      x.getResponseHeaders().set("Content-Length", String.valueOf(body.length));
      x.sendResponseHeaders(status, -1);
      return;
    }
    x.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
    if (body.length > 0) {
      x.getResponseBody().write(body);
    }
  }

  @Override
  public void close() {
    gate.release(1000);
    server.stop(0);
    threads.shutdownNow();
  }
}
