package graft.network;

/// Where a port of a container shall be reachable.
///
/// @param hostIp empty: every address of the host
/// @param hostPort empty: any free one; `8000`; or `8000-8010`: the first free
public record PortBinding(String hostIp, String hostPort) {}
