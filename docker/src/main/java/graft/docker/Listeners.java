package graft.docker;

import graft.docker.http.Access;
import graft.docker.http.HttpServer;
import graft.docker.http.Router;
import graft.docker.tls.TlsListener;
import graft.error.GraftException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/// All places where one daemon listens.
final class Listeners implements AutoCloseable {
  private final List<AutoCloseable> open = new ArrayList<>();
  private final List<Host> hosts = new ArrayList<>();

  private Listeners() {}

  /// On all hosts, or on none.
  static Listeners start(DaemonOptions options, Optional<SSLContext> tls, Router routes)
      throws IOException {
    Listeners all = new Listeners();
    try {
      // What comes by TCP is passed on to a socket of its own, which nobody else may use.
      Path behind = options.engine().runRoot().resolve("api.sock");
      if (tls.isPresent()) {
        all.open.add(HttpServer.start(behind, new Access.Owner(), routes, Listeners::say));
      }
      for (Host host : options.hosts()) {
        switch (host) {
          case Host.Unix unix -> all.unix(unix, options.access(), routes);
          case Host.Tcp tcp -> all.tcp(tcp, tls.orElseThrow(), behind);
        }
      }
      return all;
    } catch (IOException | RuntimeException e) {
      all.close();
      throw e;
    }
  }

  private void unix(Host.Unix host, Access access, Router routes) throws IOException {
    open.add(HttpServer.start(host.path(), access, routes, trouble -> say(host + ": " + trouble)));
    hosts.add(host);
  }

  private void tcp(Host.Tcp host, SSLContext tls, Path behind) {
    try {
      TlsListener listener =
          TlsListener.start(
              host.name(), host.port(), tls, behind, refusal -> say(host + ": " + refusal));
      open.add(listener);
      hosts.add(new Host.Tcp(host.name(), listener.port()));
    } catch (IOException e) {
      throw new GraftException(
          GraftException.Kind.INVALID,
          "cannot listen on " + host + ": " + e.getMessage() + "; give another --host",
          e);
    }
  }

  private static void say(String line) {
    System.err.println("graft: " + line);
  }

  /// With the ports that were chosen where 0 was asked for.
  List<Host> hosts() {
    return hosts;
  }

  /// The last first: TLS before what is behind it. One that fails keeps none of the others open.
  @Override
  public void close() throws IOException {
    IOException failure = null;
    for (AutoCloseable one : open.reversed()) {
      try {
        one.close();
      } catch (Exception e) {
        if (failure == null) {
          failure = new IOException("cannot stop listening: " + e.getMessage(), e);
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
