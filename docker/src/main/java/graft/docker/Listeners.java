package graft.docker;

import graft.docker.hook.HookListener;
import graft.docker.hook.Secret;
import graft.docker.http.Access;
import graft.docker.http.Guard;
import graft.docker.http.HttpServer;
import graft.docker.http.Router;
import graft.docker.policy.Policy;
import graft.docker.tls.TlsListener;
import graft.engine.Engine;
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
  private final List<Door> doors = new ArrayList<>();

  private Listeners() {}

  /// On all hosts, or on none.
  static Listeners start(DaemonOptions options, Optional<SSLContext> tls, Engine engine)
      throws IOException {
    Listeners all = new Listeners();
    Router routes = Api.routes(engine);
    try {
      int number = 0;
      for (Door door : options.doors()) {
        Guard guard = Policy.guard(door.policies(), engine);
        switch (door.host()) {
          case Host.Unix unix -> all.unix(door, unix.path(), options.access(), routes, guard);
          case Host.Tcp tcp -> {
            // What comes by TCP is passed on to a socket of its own, which nobody else may use.
            Path behind = options.engine().runRoot().resolve("api" + number + ".sock");
            number++;
            all.open.add(
                HttpServer.start(behind, new Access.Owner(), routes, guard, Listeners::say));
            all.tcp(door, tcp, tls.orElseThrow(), behind);
          }
        }
      }
      if (options.hooks().isPresent()) {
        all.hooks(options.hooks().get(), engine);
      }
      return all;
    } catch (IOException | RuntimeException e) {
      all.close();
      throw e;
    }
  }

  private void unix(Door door, Path path, Access access, Router routes, Guard guard)
      throws IOException {
    open.add(
        HttpServer.start(
            path, access, routes, guard, trouble -> say(door.host() + ": " + trouble)));
    doors.add(door);
  }

  private void tcp(Door door, Host.Tcp host, SSLContext tls, Path behind) {
    try {
      TlsListener listener =
          TlsListener.start(
              host.name(), host.port(), tls, behind, refusal -> say(host + ": " + refusal));
      open.add(listener);
      doors.add(new Door(new Host.Tcp(host.name(), listener.port()), door.policies()));
    } catch (IOException e) {
      throw new GraftException(
          GraftException.Kind.INVALID,
          "cannot listen on " + host + ": " + e.getMessage() + "; give another --host",
          e);
    }
  }

  private void hooks(HookOptions options, Engine engine) throws IOException {
    HookListener listener =
        HookListener.start(
            options.address(),
            options.tls().map(tls -> tls.renewed(news -> say("webhooks: " + news))),
            () -> Secret.in(options.secret()),
            engine.rollouts().follows()::registryHas,
            trouble -> say("a webhook was not heard: " + trouble));
    open.add(listener);
    if (options.exposed()) {
      say(
          "webhooks come in plain HTTP, and who listens on the way can read the secret where it is"
              + " sent: give webhook-tlscert and webhook-tlskey, or say http://ADDRESS:PORT where"
              + " the network is yours or a proxy speaks TLS");
    }
    say("hearing webhooks of registries at " + listener.url());
  }

  private static void say(String line) {
    System.err.println("graft: " + line);
  }

  /// With the ports that were chosen where 0 was asked for.
  List<Door> doors() {
    return doors;
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
