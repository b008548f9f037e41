package graft.docker.container;

import graft.docker.json.Fields;
import graft.error.GraftException;
import graft.network.Attachment;
import java.util.Optional;

/// `EndpointSettings`, as `create` and `connect` take them.
public final class EndpointBody {
  private EndpointBody() {}

  /// One endpoint's settings. What clients send back of an endpoint that was (addresses, ids) is
  /// passed over.
  public static Attachment read(String network, Fields endpoint) {
    Fields ipam = endpoint.object("IPAMConfig");
    Attachment asked =
        new Attachment(
            network,
            address(ipam, "IPv4Address"),
            address(ipam, "IPv6Address"),
            ipam.texts("LinkLocalIPs"),
            endpoint.texts("Aliases"),
            endpoint.texts("Links"),
            Optional.of(endpoint.text("MacAddress")).filter(m -> !m.isEmpty()),
            endpoint.map("DriverOpts"),
            endpoint.smallNumber("GwPriority"));
    if (NetBody.PREDEFINED.contains(network)) {
      checkPredefined(asked);
    }
    return asked;
  }

  private static Optional<String> address(Fields ipam, String name) {
    String text = ipam.text(name);
    if (!text.isEmpty() && !NetBody.ADDRESS.matcher(text).matches()) {
      throw GraftException.invalid("invalid endpoint settings:\ninvalid " + name + ": " + text);
    }
    return Optional.of(text).filter(a -> !a.isEmpty());
  }

  private static void checkPredefined(Attachment asked) {
    if (!asked.aliases().isEmpty()) {
      throw GraftException.invalid(
          "invalid endpoint settings:\nnetwork-scoped alias is supported only for containers in"
              + " user defined networks");
    }
    if (asked.addressed()) {
      throw GraftException.invalid(
          "invalid endpoint settings:\n* user specified IP address is supported on user defined"
              + " networks only\n* user specified IP address is supported only when connecting to"
              + " networks with user configured subnets");
    }
  }
}
