package graft.docker;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.docker.http.Access;
import graft.engine.EngineConfig;
import graft.error.GraftException;
import graft.linux.IdMap;
import graft.network.Networks;
import graft.oci.Json;
import graft.registry.RegistryOptions;
import graft.rootless.Places;
import graft.rootless.Rootless;
import graft.tls.Mutual;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;

/// What a daemon was told, on its command line or, by Docker's names, in its `daemon.json`.
///
/// @param tls the certificates, where a TCP host needs them
/// @param hooks where registries may tell of pushes
record DaemonOptions(
    EngineConfig engine,
    List<Door> doors,
    Access access,
    Optional<Mutual> tls,
    Optional<HookOptions> hooks) {
  private static final Set<String> SWITCHES = Set.of("tls", "tlsverify");
  private static final Set<String> VALUES =
      values(
          "data-root",
          "exec-root",
          "bridge",
          "bip",
          "group",
          "tlscacert",
          "tlscert",
          "tlskey",
          "ip",
          "userns-remap",
          "trash-time",
          "trash-size",
          "registry-auth-file",
          "webhook-listen",
          "webhook-secret-file",
          "webhook-tlscert",
          "webhook-tlskey");

  private static Set<String> values(String... own) {
    return Stream.concat(Stream.of(own), BuildOptions.NAMES.stream())
        .collect(Collectors.toUnmodifiableSet());
  }

  private static final String POOL = "default-address-pool";
  private static final String POOLS = "default-address-pools";

  /// Options that may be given several times, and their names in the file.
  private static final Map<String, String> LISTS =
      Map.of(
          "host",
          "hosts",
          "registry-mirror",
          "registry-mirrors",
          "insecure-registry",
          "insecure-registries",
          POOL,
          POOLS);

  /// @param places what is not given
  static DaemonOptions read(Path file, Places places, List<String> args) throws IOException {
    ObjectNode config =
        Files.exists(file)
            ? Json.object(Files.readAllBytes(file), file.toString())
            : Json.MAPPER.createObjectNode();
    Map<String, String> values = new HashMap<>();
    Map<String, List<String>> lists = new HashMap<>();
    fromFile(config, values, lists);
    fromArguments(args, values, lists);
    List<String> given = lists.getOrDefault("host", List.of());
    List<Door> doors =
        (given.isEmpty() ? List.of("unix://" + places.socket()) : given)
            .stream().map(Door::parse).toList();
    RegistryOptions registry =
        RegistryOptions.defaults()
            .withInsecure(lists.getOrDefault("insecure-registry", List.of()))
            .withMirrors(
                lists.getOrDefault("registry-mirror", List.of()).stream().map(URI::create).toList())
            .withLogins(file(values, "registry-auth-file"));
    String subnet = values.getOrDefault("bip", "");
    EngineConfig engine =
        EngineConfig.at(
                Path.of(values.getOrDefault("data-root", places.data().toString())),
                Path.of(values.getOrDefault("exec-root", places.run().toString())))
            .withRegistry(registry)
            .withTrash(TrashOptions.of(values))
            .withBuilds(BuildOptions.of(values))
            .withRemap(remap(values.getOrDefault("userns-remap", "")));
    Networks.Config network =
        engine
            .network()
            .withBridge(
                values.getOrDefault("bridge", "graft0"),
                subnet.isEmpty() ? Optional.empty() : Optional.of(subnet))
            .withPools(lists.getOrDefault(POOL, List.of()))
            .withPublishDefault(values.getOrDefault("ip", ""))
            .withNamespace(Rootless.network(engine.runRoot()));
    Optional<Mutual> tls = tls(doors, values, places);
    return new DaemonOptions(
        engine.withNetwork(network),
        doors,
        access(values, places),
        tls,
        HookOptions.of(values, tls));
  }

  private static Optional<Path> file(Map<String, String> values, String name) {
    return Optional.ofNullable(values.get(name)).filter(v -> !v.isEmpty()).map(Path::of);
  }

  private static IdMap remap(String value) throws IOException {
    if (!value.isEmpty() && Places.rootless()) {
      throw GraftException.invalid(
          "userns-remap is for engines of root: the containers of a rootless one are in a user"
              + " namespace already");
    }
    return RemapOptions.parse(value, Path.of("/etc"));
  }

  private static void fromFile(
      JsonNode config, Map<String, String> values, Map<String, List<String>> lists) {
    for (String name : VALUES) {
      String value = Json.text(config, name);
      if (!value.isEmpty()) {
        values.put(name, value);
      }
    }
    for (String name : SWITCHES) {
      if (config.path(name).asBoolean(false)) {
        values.put(name, "true");
      }
    }
    LISTS.forEach((option, field) -> {
      if (!option.equals(POOL)) {
        Json.texts(config, field).ifPresent(all -> lists.put(option, new ArrayList<>(all)));
      }
    });
    lists.put(POOL, new ArrayList<>(pools(config.path(POOLS))));
  }

  /// As the command line has them: Docker's file has objects.
  private static List<String> pools(JsonNode list) {
    List<String> all = new ArrayList<>();
    for (JsonNode pool : list) {
      all.add("base=" + Json.text(pool, "base") + ",size=" + pool.path("size").asText());
    }
    if (!list.isMissingNode() && !list.isArray()) {
      throw GraftException.invalid(
          POOLS + " is no list of pools, each as {\"base\": \"10.64.0.0/12\", \"size\": 24}");
    }
    return all;
  }

  /// A list of hosts replaces that of the file; mirrors and insecure registries add to it.
  private static void fromArguments(
      List<String> args, Map<String, String> values, Map<String, List<String>> lists) {
    boolean firstHost = true;
    for (int i = 0; i < args.size(); i++) {
      String arg = args.get(i);
      int equals = arg.startsWith("--") ? arg.indexOf('=') : -1;
      String option = equals < 0 ? arg : arg.substring(0, equals);
      String name =
          switch (option) {
            case "-H" -> "host";
            case "-G" -> "group";
            case "--run-root" -> "exec-root";
            // Docker's name for it says little.
            case "--publish-default" -> "ip";
            default -> option.startsWith("--") ? option.substring(2) : "";
          };
      boolean isSwitch = SWITCHES.contains(name);
      if (!isSwitch && !VALUES.contains(name) && !LISTS.containsKey(name)) {
        throw GraftException.invalid("unknown option " + option + "; see 'graft daemon --help'");
      }
      String value;
      if (equals >= 0) {
        value = arg.substring(equals + 1);
      } else if (isSwitch) {
        value = "true";
      } else if (i + 1 < args.size()) {
        value = args.get(++i);
      } else {
        throw GraftException.invalid("the option " + option + " needs a value");
      }
      if (!LISTS.containsKey(name)) {
        values.put(name, value);
        continue;
      }
      List<String> all = lists.computeIfAbsent(name, _ -> new ArrayList<>());
      if (name.equals("host") && firstHost) {
        all.clear();
        firstHost = false;
      }
      all.add(value);
    }
  }

  private static Access access(Map<String, String> values, Places places) {
    if (!values.containsKey("group")) {
      // A user's engine is theirs alone.
      return places.equals(Places.ROOT) ? new Access.Usual() : new Access.Owner();
    }
    String group = values.getOrDefault("group", "");
    return group.isEmpty() ? new Access.Owner() : new Access.Group(group);
  }

  /// Whoever may use the API is root on this machine. So there is no TCP without certificates on
  /// both sides, not even by request.
  private static Optional<Mutual> tls(List<Door> doors, Map<String, String> values, Places places) {
    Optional<Host> tcp =
        doors.stream().map(Door::host).filter(Host.Tcp.class::isInstance).findFirst();
    if (tcp.isEmpty()) {
      return Optional.empty();
    }
    if (!values.getOrDefault("tlsverify", "").equals("true")) {
      throw GraftException.invalid(
          "cannot listen on "
              + tcp.get()
              + " without client certificates: whoever reaches the port would be root on this"
              + " machine; give --tlsverify, --tlscacert, --tlscert and --tlskey, or leave the"
              + " host out and use 'ssh -L' to the unix socket");
    }
    Mutual usual = Mutual.in(places.config());
    return Optional.of(
        new Mutual(
            path(values, "tlscacert", usual.authority()),
            path(values, "tlscert", usual.certificate()),
            path(values, "tlskey", usual.key())));
  }

  private static Path path(Map<String, String> values, String name, Path otherwise) {
    String given = values.getOrDefault(name, "");
    return given.isEmpty() ? otherwise : Path.of(given);
  }

  /// Reads the certificates, if they are needed.
  Optional<SSLContext> context() {
    return tls.map(Mutual::context);
  }
}
