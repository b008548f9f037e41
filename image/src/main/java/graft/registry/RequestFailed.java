package graft.registry;

import com.fasterxml.jackson.databind.JsonNode;
import graft.error.GraftException;
import graft.error.GraftException.Kind;
import graft.oci.Json;
import java.io.IOException;
import java.io.Serial;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// One request that did not give what it was sent for. Whether trying again makes sense is a
/// property of the failure, decided here and nowhere else.
///
/// The texts are those that Docker clients look for. None holds a query string: signed addresses
/// are secrets.
final class RequestFailed extends IOException {
  @Serial private static final long serialVersionUID = 1L;
  private static final int MAX_ERRORS = 10;
  private static final int MAX_TEXT = 500;
  private final int status;
  private final boolean again;
  private final @Nullable Duration after;
  private final ArrayList<String> codes;

  private RequestFailed(
      String message,
      int status,
      List<String> codes,
      boolean again,
      @Nullable Duration after,
      @Nullable Throwable cause) {
    super(message, cause);
    this.status = status;
    this.codes = new ArrayList<>(codes);
    this.again = again;
    this.after = after;
  }

  /// A failure that no second try mends.
  static RequestFailed forGood(int status, String message) {
    return new RequestFailed(message, status, List.of(), false, null, null);
  }

  /// The same, but not worth another try.
  RequestFailed forGood() {
    return new RequestFailed(text(), status, codes, false, null, getCause());
  }

  /// The same, but worth another try in another way.
  RequestFailed another() {
    return new RequestFailed(text(), status, codes, true, after, getCause());
  }

  /// The connection broke in the middle of an answer.
  static RequestFailed cut(String method, URI uri, Throwable cause) {
    return new RequestFailed(
        head(method, uri) + "connection broke: " + clean(String.valueOf(cause.getMessage())),
        0,
        List.of(),
        true,
        null,
        cause);
  }

  /// No answer came at all.
  static RequestFailed unreached(String method, URI uri, IOException cause) {
    String dial = "dial tcp " + uri.getHost() + ":" + port(uri) + ": ";
    String why;
    boolean again = true;
    if (has(cause, UnresolvedAddressException.class)) {
      why = "dial tcp: lookup " + uri.getHost() + ": no such host";
      again = false;
    } else if (cause instanceof HttpConnectTimeoutException) {
      why = dial + "i/o timeout";
    } else if (cause instanceof HttpTimeoutException) {
      why = "request canceled while awaiting headers: timed out";
    } else if (cause instanceof ConnectException) {
      String text = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
      boolean refused = text.equals("null") || text.contains("refused");
      why = dial + "connect: " + (refused ? "connection refused" : clean(text));
    } else if (has(cause, SSLException.class)) {
      why = tls(uri, cause);
      again = false;
    } else {
      // It was reached and went away: with a cut early enough the client does not tell these apart.
      why = "connection broke: " + clean(String.valueOf(cause.getMessage()));
    }
    return new RequestFailed(head(method, uri) + why, 0, List.of(), again, null, cause);
  }

  private static String tls(URI uri, IOException cause) {
    String text = all(cause);
    if (has(cause, CertificateExpiredException.class)
        || has(cause, CertificateNotYetValidException.class)
        || text.contains("validity check failed")) {
      return "tls: failed to verify certificate: x509: certificate has expired or is not yet valid";
    }
    if (text.contains("unable to find valid certification path")
        || text.contains("PKIX path building failed")) {
      return "tls: failed to verify certificate: x509: certificate signed by unknown authority";
    }
    if (text.contains("No subject alternative") || text.contains("No name matching")) {
      return "tls: failed to verify certificate: x509: certificate is not valid for "
          + uri.getHost();
    }
    if (text.contains("Unsupported or unrecognized SSL message")) {
      return "http: server gave HTTP response to HTTPS client";
    }
    return "tls: " + clean(String.valueOf(cause.getMessage()));
  }

  /// The server answered, but with an error.
  static RequestFailed answered(
      String method, URI uri, int status, byte[] body, @Nullable Duration after) {
    List<String> codes = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    errors(body, codes, texts);
    String message;
    if (texts.size() == 1) {
      message = texts.getFirst();
    } else if (!texts.isEmpty()) {
      message = "errors: " + String.join("; ", texts);
    } else if (status == 401) {
      message = "unauthorized: authentication required";
    } else if (status == 429) {
      message = "toomanyrequests: the registry asks to slow down";
    } else {
      message = head(method, uri) + "unexpected HTTP status: " + status;
    }
    boolean again = status == 408 || status == 429 || (status >= 500 && status != 501);
    return new RequestFailed(message, status, codes, again, after, null);
  }

  /// OCI distribution-spec, "Error Codes"; token servers also say `{"details": "..."}` or
  /// `{"error": "...", "error_description": "..."}`.
  private static void errors(byte[] body, List<String> codes, List<String> texts) {
    JsonNode root;
    try {
      root = Json.object(body, "the error");
    } catch (GraftException _) {
      return;
    }
    for (JsonNode error : root.path("errors")) {
      if (texts.size() == MAX_ERRORS) {
        break;
      }
      String code = clean(Json.text(error, "code"));
      String text = clean(Json.text(error, "message"));
      codes.add(code);
      String words = code.toLowerCase(Locale.ROOT).replace('_', ' ');
      texts.add(words.isEmpty() ? text : text.isEmpty() ? words : words + ": " + text);
    }
    if (texts.isEmpty()) {
      for (String field : List.of("details", "error_description", "error", "message")) {
        String text = clean(Json.text(root, field));
        if (!text.isEmpty()) {
          texts.add(text);
          return;
        }
      }
    }
  }

  int status() {
    return status;
  }

  boolean again() {
    return again;
  }

  Optional<Duration> after() {
    return Optional.ofNullable(after);
  }

  boolean hasCode(String code) {
    return codes.contains(code);
  }

  boolean refused() {
    return getCause() instanceof ConnectException;
  }

  String text() {
    return String.valueOf(getMessage());
  }

  GraftException toGraft() {
    return toGraft(kind(), text());
  }

  GraftException toGraft(Kind kind, String message) {
    return new GraftException(kind, message, this);
  }

  private Kind kind() {
    return switch (status) {
      case 400, 416 -> Kind.INVALID;
      case 401 -> Kind.UNAUTHORIZED;
      case 403 -> Kind.FORBIDDEN;
      case 404 -> Kind.NOT_FOUND;
      case 429, 503 -> Kind.UNAVAILABLE;
      case 501 -> Kind.NOT_IMPLEMENTED;
      default -> Kind.INTERNAL;
    };
  }

  /// `Get "http://host/v2/": `, as Go's HTTP client begins its errors.
  static String head(String method, URI uri) {
    String verb = method.substring(0, 1) + method.substring(1).toLowerCase(Locale.ROOT);
    return verb + " \"" + shown(uri) + "\": ";
  }

  static String shown(URI uri) {
    return uri.getScheme() + "://" + uri.getHost() + portIfAny(uri) + uri.getRawPath();
  }

  private static String portIfAny(URI uri) {
    return uri.getPort() < 0 ? "" : ":" + uri.getPort();
  }

  private static int port(URI uri) {
    return uri.getPort() >= 0 ? uri.getPort() : "https".equals(uri.getScheme()) ? 443 : 80;
  }

  private static String clean(String text) {
    String plain = text.replaceAll("\\p{Cntrl}+", " ").strip();
    return plain.length() > MAX_TEXT ? plain.substring(0, MAX_TEXT) + "..." : plain;
  }

  private static boolean has(Throwable failure, Class<? extends Throwable> type) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (type.isInstance(t)) {
        return true;
      }
    }
    return false;
  }

  private static String all(Throwable failure) {
    StringBuilder text = new StringBuilder();
    for (Throwable t = failure; t != null; t = t.getCause()) {
      text.append(t.getMessage()).append('\n');
    }
    return text.toString();
  }
}
