package graft.engine;

import graft.network.FirewallChoice;
import graft.network.Networks;
import graft.registry.RegistryOptions;
import graft.trash.Trash;
import java.nio.file.Path;
import java.util.Optional;

/// Where an engine keeps its things and how it reaches the world.
///
/// @param dataRoot what must survive: images, containers, volumes; one engine at a time
/// @param runRoot what a reboot may empty: network namespaces, sockets of monitors
/// @param bridge the name of the default bridge on the host
/// @param subnet of the default bridge; empty: the first free private range
/// @param publishDefault address that ports are published on which name none; empty: every one
/// @param networkNamespace where bridges stand; empty: the namespace of this process
/// @param trash what is kept of removed things
public record EngineConfig(
    Path dataRoot,
    Path runRoot,
    String bridge,
    Optional<String> subnet,
    FirewallChoice firewall,
    String publishDefault,
    Optional<Path> networkNamespace,
    RegistryOptions registry,
    Trash.Limits trash) {
  public static EngineConfig at(Path dataRoot, Path runRoot) {
    Networks.Config network = Networks.Config.in(runRoot);
    return new EngineConfig(
        dataRoot,
        runRoot,
        network.bridge(),
        network.subnet(),
        network.firewall(),
        network.publishDefault(),
        network.namespace(),
        RegistryOptions.defaults(),
        Trash.Limits.NOTHING);
  }

  public EngineConfig withRegistry(RegistryOptions options) {
    return new EngineConfig(
        dataRoot,
        runRoot,
        bridge,
        subnet,
        firewall,
        publishDefault,
        networkNamespace,
        options,
        trash);
  }

  public EngineConfig withBridge(String name, Optional<String> range) {
    return new EngineConfig(
        dataRoot,
        runRoot,
        name,
        range,
        firewall,
        publishDefault,
        networkNamespace,
        registry,
        trash);
  }

  /// Ports are published on this address where a container names none.
  public EngineConfig withPublishDefault(String address) {
    return new EngineConfig(
        dataRoot, runRoot, bridge, subnet, firewall, address, networkNamespace, registry, trash);
  }

  public EngineConfig withTrash(Trash.Limits limits) {
    return new EngineConfig(
        dataRoot,
        runRoot,
        bridge,
        subnet,
        firewall,
        publishDefault,
        networkNamespace,
        registry,
        limits);
  }

  public EngineConfig withNetworkNamespace(Optional<Path> namespace) {
    return new EngineConfig(
        dataRoot, runRoot, bridge, subnet, firewall, publishDefault, namespace, registry, trash);
  }
}
