package graft.container;

import graft.error.GraftException;
import graft.oci.ImageConfig.Healthcheck;
import graft.oci.ImageConfig.Settings;
import graft.runtime.Spec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What is asked, over what the image says: Docker's rules, as pure functions.
///
/// Source: engine-api 1.51, `POST /containers/create`; behaviour of moby v28.5.2.
final class Merge {
  static final String DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private Merge() {}

  /// The complete specification of a container of this id, or INVALID.
  static ContainerSpec merge(Request request, Settings image, String id, String hostName) {
    Request.Overrides asked = request.asked();
    ContainerSpec rest = request.rest();
    List<String> entrypoint;
    List<String> cmd;
    if (asked.entrypoint().isPresent()) {
      List<String> given = asked.entrypoint().get();
      boolean reset = given.isEmpty() || (given.size() == 1 && given.getFirst().isEmpty());
      entrypoint = reset ? List.of() : given;
      cmd = asked.cmd().orElse(List.of());
    } else {
      entrypoint = image.entrypoint().orElse(List.of());
      cmd = asked.cmd().filter(c -> !c.isEmpty()).orElse(image.cmd().orElse(List.of()));
    }
    List<String> args = new ArrayList<>(entrypoint);
    args.addAll(cmd);
    if (args.isEmpty()) {
      throw GraftException.invalid("no command specified");
    }
    List<String> env = env(asked.env(), image.env());
    boolean hostUts = rest.modes().uts().equals("host") || rest.net().mode().equals("host");
    String hostname =
        !rest.run().hostname().isEmpty()
            ? rest.run().hostname()
            : hostUts ? hostName : id.substring(0, 12);
    Map<String, String> labels = new HashMap<>(image.labels());
    labels.putAll(asked.labels());
    Set<String> ports = new HashSet<>(image.exposedPorts());
    ports.addAll(asked.exposedPorts());
    Set<String> volumes = new HashSet<>(image.volumes());
    volumes.addAll(asked.volumes());
    String signal =
        !asked.stopSignal().isEmpty() ? asked.stopSignal() : image.stopSignal().orElse("SIGTERM");
    if (signal.isEmpty()) {
      signal = "SIGTERM";
    }
    int checked = Signals.number(signal);
    if (checked == 0) {
      throw GraftException.invalid("invalid signal: " + signal);
    }
    Spec run = rest.run();
    Spec.Process p = run.process();
    Spec.Process process =
        new Spec.Process(
            args,
            processEnv(env, hostname, p.tty()),
            workingDir(asked.workingDir().isEmpty() ? image.workingDir() : asked.workingDir()),
            asked.user().isEmpty() ? image.user() : asked.user(),
            p.groups(),
            p.tty(),
            p.privileged(),
            p.ulimits(),
            p.columns(),
            p.rows());
    Spec spec =
        new Spec(
            process,
            hostname,
            run.domainname(),
            run.readonlyRoot(),
            run.mounts(),
            run.namespaces(),
            run.resources(),
            run.security(),
            run.devices(),
            run.sysctls(),
            run.annotations(),
            run.init(),
            run.openStdin(),
            run.stdinOnce(),
            run.shmSize(),
            run.oomScoreAdj(),
            run.cgroupParent());
    return new ContainerSpec(
        spec,
        entrypoint,
        cmd,
        env,
        rest.modes(),
        rest.net(),
        rest.mounts(),
        volumes,
        ports,
        labels,
        rest.restart(),
        rest.autoRemove(),
        rest.log(),
        signal,
        rest.stopTimeout(),
        health(asked.health(), image.healthcheck()),
        asked.shell().isEmpty() ? image.shell().orElse(List.of()) : asked.shell(),
        rest.deviceRequests(),
        rest.document());
  }

  /// Field by field: what was not asked for is as the image has it.
  static Optional<Healthcheck> health(Optional<Healthcheck> asked, Optional<Healthcheck> image) {
    if (asked.isEmpty() || image.isEmpty()) {
      return asked.or(() -> image);
    }
    Healthcheck a = asked.get();
    Healthcheck i = image.get();
    return Optional.of(
        new Healthcheck(
            a.test().isEmpty() ? i.test() : a.test(),
            a.interval().isZero() ? i.interval() : a.interval(),
            a.timeout().isZero() ? i.timeout() : a.timeout(),
            a.startPeriod().isZero() ? i.startPeriod() : a.startPeriod(),
            a.startInterval().isZero() ? i.startInterval() : a.startInterval(),
            a.retries() == 0 ? i.retries() : a.retries()));
  }

  /// The user's variables first, then those that only the image has: the order inspect shows.
  static List<String> env(List<String> asked, List<String> image) {
    Set<String> names = new HashSet<>();
    List<String> merged = new ArrayList<>();
    for (String variable : asked) {
      String name = nameOf(variable);
      if (name.isEmpty()) {
        throw GraftException.invalid("invalid environment variable: " + variable);
      }
      names.add(name);
      if (variable.indexOf('=') >= 0) {
        merged.add(variable);
      }
    }
    for (String variable : image) {
      if (names.add(nameOf(variable))) {
        merged.add(variable);
      }
    }
    return merged;
  }

  static String nameOf(String variable) {
    int equals = variable.indexOf('=');
    return equals < 0 ? variable : variable.substring(0, equals);
  }

  /// PATH and HOSTNAME (and TERM on a terminal) first, overridden by what the container sets.
  static List<String> processEnv(List<String> env, String hostname, boolean tty) {
    Map<String, String> variables = new LinkedHashMap<>();
    variables.put("PATH", "PATH=" + DEFAULT_PATH);
    variables.put("HOSTNAME", "HOSTNAME=" + hostname);
    if (tty) {
      variables.put("TERM", "TERM=xterm");
    }
    env.forEach(v -> variables.put(nameOf(v), v));
    return List.copyOf(variables.values());
  }

  /// Absolute and clean; `/` if there is none.
  static String workingDir(String given) {
    if (given.isEmpty()) {
      return "/";
    }
    if (!given.startsWith("/")) {
      throw GraftException.invalid(
          "the working directory '" + given + "' is invalid, it needs to be an absolute path");
    }
    return Path.of(given).normalize().toString();
  }
}
