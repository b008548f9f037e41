package graft.docker.route;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.container.Container;
import graft.container.State;
import graft.docker.http.ApiVersion;
import graft.docker.http.Exchange;
import graft.docker.http.Router;
import graft.docker.json.Fields;
import graft.docker.json.GoTime;
import graft.docker.json.Nodes;
import graft.engine.Engine;
import graft.error.GraftException;
import graft.images.ImageRecord;
import graft.linux.UserNamespace;
import graft.oci.Digest;
import graft.registry.Login;
import graft.registry.Registries;
import graft.registry.RegistryOptions;
import graft.rootless.Places;
import graft.runtime.Cgroup;
import graft.volume.Volume;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What the engine says of itself, logins, disk usage, and the answers to what Graft does not do.
public final class SystemRoutes {
  static final String VERSION = "28.5.2";
  private static final String BUILT = "2026-01-01T00:00:00.000000000+00:00";
  private static final String NOT_A_MANAGER =
      "This node is not a swarm manager. Use \"docker swarm init\" or \"docker swarm join\" to"
          + " connect this node to swarm and try again.";
  private static final String EXPERIMENTAL =
      "This experimental feature is disabled by default. Start the Docker daemon in experimental"
          + " mode in order to enable it.";

  private final Engine engine;

  public SystemRoutes(Engine engine) {
    this.engine = engine;
  }

  /// By what an engine is known: it goes with its data.
  public static String id(Engine engine) {
    return "graft-" + Integer.toHexString(engine.config().dataRoot().hashCode());
  }

  public void addTo(Router router) {
    router
        .get("/_ping", this::ping)
        .head("/_ping", this::ping)
        .any("/containers/{id}/checkpoints", _ -> refuse(EXPERIMENTAL))
        .any("/containers/{id}/checkpoints/{name}", _ -> refuse(EXPERIMENTAL))
        .get("/version", this::version)
        .get("/info", this::info)
        .post("/auth", this::auth)
        .get("/system/df", this::diskUsage)
        .get("/plugins", x -> x.json(200, Nodes.array()))
        .get("/plugins/privileges", x -> x.json(200, Nodes.array()))
        .any("/plugins/{name:.*}", SystemRoutes::noPlugin)
        .post("/swarm/init", _ -> refuse("Graft has no swarm mode"))
        .post("/swarm/join", _ -> refuse("Graft has no swarm mode"))
        .post("/swarm/leave", _ -> unavailable("This node is not part of a swarm"));
    for (String noun : List.of("swarm", "nodes", "services", "tasks", "secrets", "configs")) {
      router.any("/" + noun, _ -> unavailable(NOT_A_MANAGER));
      router.any("/" + noun + "/{rest:.*}", _ -> unavailable(NOT_A_MANAGER));
    }
  }

  private static void refuse(String message) {
    throw new GraftException(GraftException.Kind.NOT_IMPLEMENTED, message);
  }

  private static void unavailable(String message) {
    throw new GraftException(GraftException.Kind.UNAVAILABLE, message);
  }

  private static void noPlugin(Exchange x) {
    String name = x.parameter("name");
    int slash = name.lastIndexOf('/');
    String bare = slash < 0 ? name : name.substring(0, slash);
    throw GraftException.notFound("plugin \"" + bare + "\" not found");
  }

  private void ping(Exchange x) throws IOException {
    x.withHeader("Builder-Version", "2")
        .withHeader("Swarm", "inactive")
        .withHeader("Cache-Control", "no-cache, no-store, must-revalidate")
        .withHeader("Pragma", "no-cache")
        .text(200, "OK");
  }

  private static String kernel() throws IOException {
    return Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip();
  }

  private static String architecture() {
    return switch (System.getProperty("os.arch", "")) {
      case "aarch64" -> "arm64";
      case String other -> other;
    };
  }

  private static String language() {
    return "none (Java " + Runtime.version().feature() + ")";
  }

  private void version(Exchange x) throws IOException {
    ObjectNode json = Nodes.object();
    json.putObject("Platform").put("Name", "Graft");
    ArrayNode components = json.putArray("Components");
    ObjectNode self = components.addObject();
    self.put("Name", "Engine");
    self.put("Version", VERSION);
    ObjectNode details = self.putObject("Details");
    details.put("ApiVersion", ApiVersion.NEWEST.toString());
    details.put("Arch", architecture());
    details.put("BuildTime", BUILT);
    details.put("Experimental", "false");
    details.put("GitCommit", "graft");
    details.put("GoVersion", language());
    details.put("KernelVersion", kernel());
    details.put("MinAPIVersion", ApiVersion.OLDEST.toString());
    details.put("Os", "linux");
    engine
        .runtime()
        .versions()
        .forEach((name, version) -> {
          ObjectNode c = components.addObject();
          c.put("Name", name);
          c.put("Version", version);
          c.putObject("Details").put("GitCommit", "");
        });
    json.put("Version", VERSION);
    json.put("ApiVersion", ApiVersion.NEWEST.toString());
    json.put("MinAPIVersion", ApiVersion.OLDEST.toString());
    json.put("GitCommit", "graft");
    json.put("GoVersion", language());
    json.put("Os", "linux");
    json.put("Arch", architecture());
    json.put("KernelVersion", kernel());
    json.put("BuildTime", BUILT);
    x.json(200, json);
  }

  private void info(Exchange x) throws IOException {
    List<Container> containers = engine.containers().list();
    ObjectNode json = Nodes.object();
    json.put("ID", id(engine));
    json.put("Containers", containers.size());
    json.put("ContainersRunning", count(containers, State.Running.class));
    json.put("ContainersPaused", count(containers, State.Paused.class));
    json.put("ContainersStopped", containers.stream().filter(c -> !c.state().alive()).count());
    json.put("Images", engine.images().list().size());
    json.put("Driver", "overlay2");
    ArrayNode driver = json.putArray("DriverStatus");
    driver.add(Nodes.texts(List.of("Backing Filesystem", "extfs")));
    driver.add(Nodes.texts(List.of("Supports d_type", "true")));
    driver.add(Nodes.texts(List.of("Using metacopy", "false")));
    driver.add(Nodes.texts(List.of("Native Overlay Diff", "true")));
    driver.add(Nodes.texts(List.of("userxattr", Boolean.toString(!UserNamespace.own().initial()))));
    json.put("DockerRootDir", engine.config().dataRoot().toString());
    ObjectNode plugins = json.putObject("Plugins");
    plugins.set("Volume", Nodes.texts(List.of("local")));
    plugins.set("Network", Nodes.texts(List.of("bridge", "host", "ipvlan", "macvlan", "null")));
    plugins.putNull("Authorization");
    plugins.set("Log", Nodes.texts(List.of("journald", "json-file", "local", "none", "syslog")));
    boolean limits = Cgroup.available();
    for (String yes :
        List.of(
            "MemoryLimit",
            "SwapLimit",
            "CpuCfsPeriod",
            "CpuCfsQuota",
            "CPUShares",
            "CPUSet",
            "PidsLimit",
            "OomKillDisable")) {
      json.put(yes, limits);
    }
    json.put("IPv4Forwarding", true);
    json.put("KernelMemoryTCP", limits && !unified());
    json.put("Debug", false);
    json.put("NFd", openFiles());
    json.put("NGoroutines", ManagementFactory.getThreadMXBean().getThreadCount());
    json.put("SystemTime", GoTime.of(Instant.now()));
    json.put("LoggingDriver", "json-file");
    json.put("CgroupDriver", limits ? "cgroupfs" : "none");
    json.put("CgroupVersion", unified() ? "2" : "1");
    json.put("NEventsListener", 0);
    json.put("KernelVersion", kernel());
    json.put("OperatingSystem", operatingSystem());
    json.put("OSVersion", "");
    json.put("OSType", "linux");
    json.put("Architecture", architecture().equals("amd64") ? "x86_64" : "aarch64");
    json.put("IndexServerAddress", "https://index.docker.io/v1/");
    registry(json.putObject("RegistryConfig"));
    json.put("NCPU", Runtime.getRuntime().availableProcessors());
    json.put("MemTotal", memory());
    json.putNull("GenericResources");
    json.put("HttpProxy", "");
    json.put("HttpsProxy", "");
    json.put("NoProxy", "");
    json.put("Name", Files.readString(Path.of("/proc/sys/kernel/hostname")).strip());
    json.putArray("Labels");
    json.put("ExperimentalBuild", false);
    json.put("ServerVersion", VERSION);
    ObjectNode runtimes = json.putObject("Runtimes");
    for (String name : List.of("io.containerd.runc.v2", "runc")) {
      runtimes.putObject(name).put("path", "runc");
    }
    json.put("DefaultRuntime", "runc");
    ObjectNode swarm = json.putObject("Swarm");
    swarm.put("NodeID", "");
    swarm.put("NodeAddr", "");
    swarm.put("LocalNodeState", "inactive");
    swarm.put("ControlAvailable", false);
    swarm.put("Error", "");
    swarm.putNull("RemoteManagers");
    json.put("LiveRestoreEnabled", true);
    json.put("Isolation", "");
    json.put("InitBinary", "docker-init");
    for (String commit : List.of("ContainerdCommit", "RuncCommit", "InitCommit")) {
      json.putObject(commit).put("ID", "");
    }
    json.putArray("CDISpecDirs");
    List<String> security = new ArrayList<>(List.of("name=seccomp,profile=builtin"));
    List<String> troubles = new ArrayList<>(engine.troubles());
    if (Places.rootless()) {
      security.add("name=rootless");
    }
    if (!engine.config().remap().isIdentity()) {
      security.add("name=userns");
    }
    if (!limits) {
      troubles.add("WARNING: no control groups may be made here: containers have no limits");
    }
    json.set("SecurityOptions", Nodes.texts(security));
    Nodes.putTexts(json, "Warnings", Optional.of(troubles).filter(t -> !t.isEmpty()));
    x.json(200, Versions.older(json, Versions.Answer.INFO, x.version()));
  }

  private void registry(ObjectNode json) {
    json.set("InsecureRegistryCIDRs", Nodes.texts(List.of("::1/128", "127.0.0.0/8")));
    RegistryOptions options = engine.config().registry();
    List<String> mirrors =
        options.mirrors().stream().map(u -> u.toString().replaceFirst("/*$", "/")).toList();
    ObjectNode configs = json.putObject("IndexConfigs");
    for (String host : options.insecureRegistries()) {
      index(configs, host, List.of(), false);
    }
    index(configs, "docker.io", mirrors, true);
    json.set("Mirrors", Nodes.texts(mirrors));
  }

  private static void index(
      ObjectNode configs, String host, List<String> mirrors, boolean official) {
    ObjectNode json = configs.putObject(host);
    json.set("Mirrors", Nodes.texts(mirrors));
    json.put("Name", host);
    json.put("Official", official);
    json.put("Secure", official);
  }

  private static boolean unified() {
    return Files.exists(Path.of("/sys/fs/cgroup/cgroup.controllers"));
  }

  private static int openFiles() {
    String[] open = new java.io.File("/proc/self/fd").list();
    return open == null ? 0 : open.length;
  }

  private static long count(List<Container> containers, Class<? extends State> state) {
    return containers.stream().filter(c -> state.isInstance(c.state())).count();
  }

  private static String operatingSystem() throws IOException {
    Path release = Path.of("/etc/os-release");
    if (Files.exists(release)) {
      for (String line : Files.readAllLines(release)) {
        if (line.startsWith("PRETTY_NAME=")) {
          return line.substring("PRETTY_NAME=".length()).replace("\"", "");
        }
      }
    }
    return "Linux";
  }

  private static long memory() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
      if (line.startsWith("MemTotal:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
      }
    }
    return 0;
  }

  private void auth(Exchange x) throws IOException {
    Fields body = Fields.of(x.json());
    String server = body.text("serveraddress");
    Registries.LoginResult result =
        engine
            .registries()
            .login(
                RegistryAuth.host(server), new Login(body.text("username"), body.text("password")));
    ObjectNode json = Nodes.object();
    json.put("IdentityToken", result.identityToken());
    json.put("Status", result.status());
    x.json(200, json);
  }

  private void diskUsage(Exchange x) throws IOException {
    List<String> types = x.queries("type").stream().map(t -> t.toLowerCase(Locale.ROOT)).toList();
    Set<String> known = Set.of("container", "image", "volume", "build-cache");
    for (String type : types) {
      if (!known.contains(type)) {
        throw GraftException.invalid("unknown object type: " + type);
      }
    }
    boolean all = types.isEmpty();
    ObjectNode json = Nodes.object();
    boolean images = all || types.contains("image");
    json.put("LayersSize", images ? layersSize() : 0);
    list(json, "Images", images, images ? images() : Nodes.array());
    boolean containers = all || types.contains("container");
    list(json, "Containers", containers, containers ? containers() : Nodes.array());
    boolean volumes = all || types.contains("volume");
    list(json, "Volumes", volumes, volumes ? volumes() : Nodes.array());
    boolean cache = all || types.contains("build-cache");
    list(json, "BuildCache", cache, cache ? BuildRoutes.usage(engine.builds()) : Nodes.array());
    x.json(200, Versions.older(json, Versions.Answer.DISK_USAGE, x.version()));
  }

  private static void list(ObjectNode json, String field, boolean wanted, ArrayNode list) {
    if (wanted) {
      json.set(field, list);
    } else {
      json.putNull(field);
    }
  }

  private long layersSize() {
    return engine.images().list().stream()
        .flatMap(i -> i.diffIds().stream())
        .distinct()
        .mapToLong(engine.images()::layerSize)
        .sum();
  }

  private ArrayNode images() {
    ArrayNode array = Nodes.array();
    Map<Digest, Integer> users = ImageJson.users(engine.containers().list());
    List<ImageRecord> all = engine.images().list();
    Map<Digest, Integer> holders = ImageJson.holders(all);
    for (ImageRecord image : all) {
      long shared = ImageJson.shared(image, holders, engine.images()::layerSize);
      ObjectNode json = ImageJson.summary(image, users.getOrDefault(image.id(), 0), shared);
      if (image.digests().isEmpty()) {
        json.putNull("RepoDigests");
      }
      array.add(json);
    }
    return array;
  }

  private ArrayNode containers() throws IOException {
    ArrayNode array = Nodes.array();
    Instant now = Instant.now();
    List<Container> all = engine.containers().list();
    Map<String, List<String>> linked = ContainerListRoutes.linked(all);
    for (Container c : all) {
      Optional<long[]> sizes = Optional.of(ContainerRoutes.sizes(engine, c));
      array.add(
          ContainerListRoutes.row(engine, c, linked.getOrDefault(c.id(), List.of()), sizes, now));
    }
    return array;
  }

  private ArrayNode volumes() throws IOException {
    ArrayNode array = Nodes.array();
    List<Container> containers = engine.containers().list();
    for (Volume v : engine.volumes().list()) {
      // The files of the others are elsewhere.
      if (!v.options().isEmpty()) {
        continue;
      }
      ObjectNode json = VolumeRoutes.json(v);
      ObjectNode usage = json.putObject("UsageData");
      usage.put("Size", engine.volumes().size(v.name()));
      usage.put("RefCount", VolumeRoutes.users(containers, v.name()).size());
      array.add(json);
    }
    return array;
  }
}
