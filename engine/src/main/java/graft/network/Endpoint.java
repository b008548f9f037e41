package graft.network;

/// One container's place on one network. The address fields are empty and zero on `host` and
/// `none`.
public record Endpoint(
    String id,
    String networkId,
    String network,
    String mac,
    String address,
    int prefix,
    String gateway) {
  static Endpoint bare(String id, Network network) {
    return new Endpoint(id, network.id(), network.name(), "", "", 0, "");
  }
}
