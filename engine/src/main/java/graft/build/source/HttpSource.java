package graft.build.source;

import graft.error.GraftException;
import graft.oci.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// What builds take from elsewhere by http: files of ADD, and whole contexts.
public final class HttpSource {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final class Client {
    static final HttpClient HTTP =
        HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NORMAL)
            .connectTimeout(PATIENCE)
            .build();
  }

  private HttpSource() {}

  /// @param name the last element of the URL's path
  /// @param modified as the server says, else when it came
  public record Download(String name, Digest content, long size, Instant modified) {
    /// What the one file of its tree is called.
    public static final String FILE = "file";

    /// As a tree of one file.
    public FileTree tree() {
      return tree(FILE);
    }

    public FileTree tree(String called) {
      TreeMap<String, FileTree.Entry> one = new TreeMap<>();
      one.put(
          called,
          new FileTree.File(
              new FileTree.Attributes(0600, 0, 0, modified, Map.of()), size, content));
      return new FileTree(one);
    }

    public Path path(FileStore store) throws IOException {
      return store
          .find(content)
          .orElseThrow(() ->
              GraftException.internal("the download " + name + " is not kept any more", null));
    }
  }

  /// The files of a context: an archive, or else a Dockerfile.
  public static FileTree context(Download file, FileStore store) throws IOException {
    Path path = file.path(store);
    if (Unpacked.isArchive(() -> java.nio.file.Files.newInputStream(path))) {
      try (InputStream in = java.nio.file.Files.newInputStream(path)) {
        return ContextTar.read(in, store, _ -> {});
      }
    }
    TreeMap<String, FileTree.Entry> one = new TreeMap<>();
    one.put(
        "Dockerfile",
        new FileTree.File(
            new FileTree.Attributes(0644, 0, 0, file.modified(), Map.of()),
            file.size(),
            file.content()));
    return new FileTree(one);
  }

  private static HttpResponse<InputStream> send(String url, URI uri)
      throws IOException, InterruptedException {
    try {
      return Client.HTTP.send(
          HttpRequest.newBuilder(uri).timeout(PATIENCE).header("User-Agent", "graft").build(),
          HttpResponse.BodyHandlers.ofInputStream());
    } catch (ConnectException e) {
      throw new IOException(
          "error downloading " + url + ": cannot connect to " + uri.getAuthority(), e);
    }
  }

  /// @param checksum `sha256:…` that it must have; empty for none
  static Download download(String url, String checksum, FileStore store)
      throws IOException, InterruptedException {
    URI uri;
    try {
      uri = new URI(url);
    } catch (java.net.URISyntaxException e) {
      throw GraftException.invalid("invalid URL " + url + ": " + e.getReason());
    }
    String path = uri.getPath() == null ? "" : uri.getPath();
    String name = path.substring(path.lastIndexOf('/') + 1);
    if (!checksum.isEmpty() && !Digest.isDigest(checksum)) {
      throw GraftException.invalid("invalid checksum digest format: " + checksum);
    }
    HttpResponse<InputStream> answer = send(url, uri);
    try (InputStream body = answer.body()) {
      if (answer.statusCode() / 100 != 2) {
        throw GraftException.invalid(
            "failed to load cache key: invalid response status "
                + answer.statusCode()
                + " of "
                + url);
      }
      Counted counted = new Counted(body);
      Digest content = store.put(counted, Long.MAX_VALUE);
      if (!checksum.isEmpty() && !matches(content, checksum)) {
        throw GraftException.invalid("digest mismatch " + content + ": " + checksum);
      }
      return new Download(
          name(answer).orElse(URLDecoder.decode(name, StandardCharsets.UTF_8)),
          content,
          counted.count,
          modified(answer).orElseGet(Instant::now));
    }
  }

  private static boolean matches(Digest content, String checksum) {
    return content.toString().equals(checksum);
  }

  /// As the server wants it to be called.
  private static Optional<String> name(HttpResponse<?> answer) {
    return answer
        .headers()
        .firstValue("Content-Disposition")
        .map(v -> v.replaceFirst("(?i).*filename=\"?([^\";]*)\"?.*", "$1"))
        .filter(n -> !n.isEmpty() && !n.contains("/") && !n.contains(";") && !n.startsWith("."));
  }

  private static Optional<Instant> modified(HttpResponse<?> answer) {
    try {
      return answer
          .headers()
          .firstValue("Last-Modified")
          .map(v -> ZonedDateTime.parse(v, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  private static final class Counted extends java.io.FilterInputStream {
    long count;

    Counted(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int b = in.read();
      count += b < 0 ? 0 : 1;
      return b;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int n = in.read(into, offset, length);
      count += Math.max(0, n);
      return n;
    }
  }
}
