package graft.docker;

import graft.docker.hook.Secret;
import graft.error.GraftException;
import graft.tls.Identity;
import graft.tls.Mutual;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Where registries may tell that something was pushed, and what they have to know.
///
/// @param secret the file that it is in, read at each use
/// @param tls empty for plain HTTP
/// @param exposed whether what is said in plain HTTP passes a network, and nobody asked for that
record HookOptions(
    InetSocketAddress address, Path secret, Optional<Identity> tls, boolean exposed) {
  private static final Pattern ADDRESS =
      Pattern.compile("(?:(https?)://)?(?:\\[([0-9a-fA-F:]+)]|([^\\[\\]:/]+)):(\\d+)/?");

  /// @param engine the certificates of the engine itself, if it has some: its own is shown here,
  ///   too, unless another is given
  /// @throws GraftException INVALID for one without the other: there is no listening without secret
  static Optional<HookOptions> of(Map<String, String> values, Optional<Mutual> engine) {
    String listen = values.getOrDefault("webhook-listen", "");
    String file = values.getOrDefault("webhook-secret-file", "");
    if (listen.isEmpty() != file.isEmpty()) {
      throw GraftException.invalid(
          "webhook-listen and webhook-secret-file go together: whoever knows the secret of that file"
              + " may tell of pushes at that address");
    }
    Optional<Identity> identity = identity(values, engine);
    if (listen.isEmpty()) {
      if (!values.getOrDefault("webhook-tlscert", "").isEmpty()) {
        throw GraftException.invalid("webhook-tlscert is for webhook-listen, which is not given");
      }
      return Optional.empty();
    }
    Matcher m = ADDRESS.matcher(listen);
    if (!m.matches() || m.group(4).length() > 5 || Integer.parseInt(m.group(4)) > 65535) {
      throw GraftException.invalid(
          "webhook-listen "
              + listen
              + " is no address and port, as 127.0.0.1:8470 or https://0.0.0.0:8470");
    }
    String scheme = m.group(1) == null ? "" : m.group(1);
    if (scheme.equals("https") && identity.isEmpty()) {
      throw GraftException.invalid(
          "webhook-listen "
              + listen
              + " needs a certificate: give webhook-tlscert and webhook-tlskey");
    }
    String host = m.group(2) == null ? m.group(3) : m.group(2);
    try {
      InetAddress address = InetAddress.getByName(host);
      Optional<Identity> tls = identity.filter(_ -> !scheme.equals("http"));
      tls.ifPresent(i -> i.renewed(_ -> {}));
      var _ = Secret.in(Path.of(file));
      return Optional.of(
          new HookOptions(
              new InetSocketAddress(address, Integer.parseInt(m.group(4))),
              Path.of(file),
              tls,
              tls.isEmpty() && scheme.isEmpty() && !address.isLoopbackAddress()));
    } catch (UnknownHostException e) {
      throw new GraftException(
          GraftException.Kind.INVALID, "webhook-listen " + listen + ": no such address", e);
    }
  }

  private static Optional<Identity> identity(Map<String, String> values, Optional<Mutual> engine) {
    String certificate = values.getOrDefault("webhook-tlscert", "");
    String key = values.getOrDefault("webhook-tlskey", "");
    if (certificate.isEmpty() != key.isEmpty()) {
      throw GraftException.invalid(
          "webhook-tlscert and webhook-tlskey go together: a certificate and its private key");
    }
    return certificate.isEmpty()
        ? engine.map(Mutual::self)
        : Optional.of(new Identity(Path.of(certificate), Path.of(key), "--webhook-"));
  }
}
