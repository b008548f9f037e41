package graft.engine;

import graft.build.run.EngineBuilds;
import graft.linux.IdMap;
import graft.network.Networks;
import graft.registry.RegistryOptions;
import graft.trash.Trash;
import java.nio.file.Path;
import java.util.Optional;

/// Where an engine keeps its things and how it reaches the world.
///
/// @param dataRoot what must survive: images, containers, volumes; one engine at a time
/// @param network its `run` is what a reboot may empty: network namespaces, sockets of monitors
/// @param remap the ids of containers on this host; the identity: they have the host's
/// @param trash what is kept of removed things
/// @param builds what is kept of builds
public record EngineConfig(
    Path dataRoot,
    Networks.Config network,
    RegistryOptions registry,
    Trash.Limits trash,
    EngineBuilds.Limits builds,
    IdMap remap) {
  public static EngineConfig at(Path dataRoot, Path runRoot) {
    return new EngineConfig(
        dataRoot,
        Networks.Config.in(runRoot),
        RegistryOptions.defaults(),
        Trash.Limits.NOTHING,
        EngineBuilds.Limits.DEFAULT,
        IdMap.IDENTITY);
  }

  public Path runRoot() {
    return network.run();
  }

  public EngineConfig withNetwork(Networks.Config config) {
    return new EngineConfig(dataRoot, config, registry, trash, builds, remap);
  }

  /// See [Networks.Config#withBridge].
  public EngineConfig withBridge(String name, Optional<String> range) {
    return withNetwork(network.withBridge(name, range));
  }

  public EngineConfig withRegistry(RegistryOptions options) {
    return new EngineConfig(dataRoot, network, options, trash, builds, remap);
  }

  public EngineConfig withTrash(Trash.Limits limits) {
    return new EngineConfig(dataRoot, network, registry, limits, builds, remap);
  }

  public EngineConfig withBuilds(EngineBuilds.Limits limits) {
    return new EngineConfig(dataRoot, network, registry, trash, limits, remap);
  }

  /// Containers have these ids on the host, unless they ask for the host's.
  public EngineConfig withRemap(IdMap ids) {
    return new EngineConfig(dataRoot, network, registry, trash, builds, ids);
  }
}
