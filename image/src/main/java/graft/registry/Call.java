package graft.registry;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One request before host, scheme and login are known.
///
/// @param target a path below the endpoint's prefix, or an absolute URL that the server named
record Call(
    String method,
    String target,
    Map<String, String> headers,
    @Nullable Payload payload,
    Set<String> scopes) {
  /// A body that can be sent more than once.
  interface Payload {
    long length();

    InputStream open() throws IOException;
  }

  Call {
    headers = Map.copyOf(headers);
    scopes = Set.copyOf(scopes);
  }

  static Call of(String method, String target, Set<String> scopes) {
    return new Call(method, target, Map.of(), null, scopes);
  }

  Call with(String name, String value) {
    Map<String, String> more = new HashMap<>(headers);
    more.put(name, value);
    return new Call(method, target, more, payload, scopes);
  }

  Call with(Payload newPayload) {
    return new Call(method, target, headers, newPayload, scopes);
  }

  Call with(byte[] bytes, int length) {
    return with(
        new Payload() {
          @Override
          public long length() {
            return length;
          }

          @Override
          public InputStream open() {
            return new ByteArrayInputStream(bytes, 0, length);
          }
        });
  }

  BodyPublisher publisher() {
    Payload body = payload;
    if (body == null || body.length() == 0) {
      return BodyPublishers.noBody();
    }
    BodyPublisher bytes =
        BodyPublishers.ofInputStream(() -> {
          try {
            return body.open();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
    return BodyPublishers.fromPublisher(bytes, body.length());
  }
}
