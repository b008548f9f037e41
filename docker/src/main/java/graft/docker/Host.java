package graft.docker;

import graft.error.GraftException;
import java.nio.file.Path;

/// Where an engine listens, as `--host` and `DOCKER_HOST` say it.
public sealed interface Host {
  int TLS_PORT = 2376;

  /// `unix:///run/graft.sock`.
  record Unix(Path path) implements Host {
    @Override
    public String toString() {
      return "unix://" + path;
    }
  }

  /// `tcp://name:port`; always TLS.
  ///
  /// @param name a name or an address, IPv6 without brackets
  record Tcp(String name, int port) implements Host {
    @Override
    public String toString() {
      return "tcp://" + (name.indexOf(':') < 0 ? name : "[" + name + "]") + ":" + port;
    }
  }

  static Host parse(String text) {
    if (text.startsWith("unix://")) {
      String path = text.substring("unix://".length());
      if (path.isEmpty()) {
        throw invalid(text, "the path is missing");
      }
      return new Unix(Path.of(path));
    }
    if (text.startsWith("tcp://")) {
      return tcp(text, text.substring("tcp://".length()));
    }
    throw invalid(text, "only these two kinds are known");
  }

  private static Host tcp(String text, String given) {
    String address = given.endsWith("/") ? given.substring(0, given.length() - 1) : given;
    String name;
    String port;
    if (address.startsWith("[")) {
      int end = address.indexOf(']');
      if (end < 0) {
        throw invalid(text, "the ] after the IPv6 address is missing");
      }
      name = address.substring(1, end);
      port = address.substring(end + 1);
    } else {
      int colon = address.lastIndexOf(':');
      name = colon < 0 ? address : address.substring(0, colon);
      port = colon < 0 ? "" : address.substring(colon);
      if (name.indexOf(':') >= 0) {
        throw invalid(text, "an IPv6 address needs brackets, tcp://[::1]:" + TLS_PORT);
      }
    }
    if (name.indexOf('/') >= 0 || port.indexOf('/') >= 0) {
      throw invalid(text, "a path is not possible");
    }
    // As docker: no name is this machine alone, not all its addresses.
    return new Tcp(name.isEmpty() ? "localhost" : name, port(text, port));
  }

  private static int port(String text, String port) {
    if (port.isEmpty()) {
      return TLS_PORT;
    }
    if (!port.matches(":[0-9]{1,5}") || Integer.parseInt(port.substring(1)) > 65535) {
      throw invalid(text, "the port is no number from 0 to 65535");
    }
    return Integer.parseInt(port.substring(1));
  }

  private static GraftException invalid(String text, String why) {
    return GraftException.invalid(
        "the host \""
            + text
            + "\" is not of the form unix:///path/to/socket or tcp://name:port: "
            + why);
  }
}
