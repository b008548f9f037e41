package graft.docker.buildkit.session;

import graft.docker.buildkit.grpc.Duplex;
import graft.docker.buildkit.grpc.Remote;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/// The sessions that are open.
public final class Sessions {
  private static final String PREFIX = "x-docker-expose-session-";

  /// A session may come after the build that names it.
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Waiting<Session> open = new Waiting<>("session", 1000);
  private final Recent recent = new Recent();

  /// Serves one until the client ends it.
  ///
  /// @param headers all values of a header
  /// @param connection on which the client waits for HTTP/2, as its server
  public void serve(Function<String, List<String>> headers, Duplex connection)
      throws IOException, InterruptedException {
    String id = headers.apply(PREFIX + "uuid").stream().findFirst().orElse("");
    String key = headers.apply(PREFIX + "sharedkey").stream().findFirst().orElse("");
    Set<String> methods = Set.copyOf(headers.apply(PREFIX + "grpc-method"));
    try (Remote remote = new Remote(connection)) {
      Session session = new Session(id, key, methods, remote);
      open.add(id, session);
      try {
        remote.awaitEnd();
      } finally {
        open.remove(id, session);
      }
    }
  }

  Recent recent() {
    return recent;
  }

  Session await(String id) throws InterruptedException {
    return open.await(id, PATIENCE);
  }
}
