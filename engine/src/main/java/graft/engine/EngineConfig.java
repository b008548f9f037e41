package graft.engine;

import graft.build.run.EngineBuilds;
import graft.linux.IdMap;
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
/// @param remap the ids of containers on this host; the identity: they have the host's
/// @param trash what is kept of removed things
/// @param builds what is kept of builds
public record EngineConfig(
    Path dataRoot,
    Path runRoot,
    String bridge,
    Optional<String> subnet,
    FirewallChoice firewall,
    String publishDefault,
    Optional<Path> networkNamespace,
    RegistryOptions registry,
    Trash.Limits trash,
    EngineBuilds.Limits builds,
    IdMap remap) {
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
        Trash.Limits.NOTHING,
        EngineBuilds.Limits.DEFAULT,
        IdMap.IDENTITY);
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
        trash,
        builds,
        remap);
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
        trash,
        builds,
        remap);
  }

  /// Ports are published on this address where a container names none.
  public EngineConfig withPublishDefault(String address) {
    return new EngineConfig(
        dataRoot,
        runRoot,
        bridge,
        subnet,
        firewall,
        address,
        networkNamespace,
        registry,
        trash,
        builds,
        remap);
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
        limits,
        builds,
        remap);
  }

  public EngineConfig withBuilds(EngineBuilds.Limits limits) {
    return new EngineConfig(
        dataRoot,
        runRoot,
        bridge,
        subnet,
        firewall,
        publishDefault,
        networkNamespace,
        registry,
        trash,
        limits,
        remap);
  }

  public EngineConfig withNetworkNamespace(Optional<Path> namespace) {
    return new EngineConfig(
        dataRoot,
        runRoot,
        bridge,
        subnet,
        firewall,
        publishDefault,
        namespace,
        registry,
        trash,
        builds,
        remap);
  }

  /// Containers have these ids on the host, unless they ask for the host's.
  public EngineConfig withRemap(IdMap ids) {
    return new EngineConfig(
        dataRoot,
        runRoot,
        bridge,
        subnet,
        firewall,
        publishDefault,
        networkNamespace,
        registry,
        trash,
        builds,
        ids);
  }
}
