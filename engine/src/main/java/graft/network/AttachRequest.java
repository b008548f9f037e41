package graft.network;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;

/// What a container asks of the network when it starts.
///
/// @param ports `80/tcp` → where it is to be published
/// @param exposed `80/tcp`: what `publishAll` publishes beyond these
/// @param mac a hardware address instead of a random one
public record AttachRequest(
    String containerId,
    String containerName,
    NetworkMode mode,
    SortedMap<String, List<PortBinding>> ports,
    Set<String> exposed,
    boolean publishAll,
    Optional<String> mac) {}
