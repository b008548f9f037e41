package graft.docker;

import graft.docker.hook.Secret;
import graft.error.GraftException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Where registries may tell that something was pushed, and what they have to know.
record HookOptions(InetSocketAddress address, Secret secret) {
  private static final Pattern ADDRESS =
      Pattern.compile("(?:\\[([0-9a-fA-F:]+)]|([^\\[\\]:]+)):(\\d+)");

  /// @throws GraftException INVALID for one without the other: there is no listening without secret
  static Optional<HookOptions> of(Map<String, String> values) {
    String listen = values.getOrDefault("webhook-listen", "");
    String file = values.getOrDefault("webhook-secret-file", "");
    if (listen.isEmpty() != file.isEmpty()) {
      throw GraftException.invalid(
          "webhook-listen and webhook-secret-file go together: whoever knows the secret of that file"
              + " may tell of pushes at that address");
    }
    if (listen.isEmpty()) {
      return Optional.empty();
    }
    Matcher m = ADDRESS.matcher(listen);
    if (!m.matches() || m.group(3).length() > 5 || Integer.parseInt(m.group(3)) > 65535) {
      throw GraftException.invalid(
          "webhook-listen " + listen + " is no address and port, as 127.0.0.1:8470");
    }
    String host = m.group(1) == null ? m.group(2) : m.group(1);
    try {
      return Optional.of(
          new HookOptions(
              new InetSocketAddress(InetAddress.getByName(host), Integer.parseInt(m.group(3))),
              Secret.in(Path.of(file))));
    } catch (UnknownHostException e) {
      throw new GraftException(
          GraftException.Kind.INVALID, "webhook-listen " + listen + ": no such address", e);
    }
  }
}
