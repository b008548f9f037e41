package graft.network;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// What a container asks of the network when it starts.
///
/// @param hostname one of its names on networks with a name service
/// @param ports `80/tcp` → where it is to be published
/// @param exposed `80/tcp`: what `publishAll` publishes beyond these
/// @param user the user namespace that a new network namespace shall belong to, if not the host's
/// @param dns name servers instead of the host's
public record AttachRequest(
    String containerId,
    String containerName,
    String hostname,
    NetworkMode mode,
    SortedMap<String, List<PortBinding>> ports,
    Set<String> exposed,
    boolean publishAll,
    List<String> dns,
    Optional<Path> user) {
  /// With nothing published.
  static AttachRequest of(String id, String name, NetworkMode mode) {
    return new AttachRequest(
        id, name, name, mode, new TreeMap<>(), Set.of(), false, List.of(), Optional.empty());
  }
}
