package graft.network;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;

/// Who is called what, as one container sees it.
interface NameService {
  /// The addresses of a name: empty if nobody it can reach is called that; a list without addresses
  /// of the family if somebody is who has none.
  Optional<List<InetAddress>> addresses(String name, boolean four);

  /// The name of an address on its networks.
  Optional<String> name(InetAddress address);

  /// Servers for all other names, the first first. None on networks without a way out.
  List<Upstream> upstreams();

  /// @param fromHost whether it is asked from the host, whose server it is, or from the container
  record Upstream(InetAddress address, boolean fromHost) {}
}
