package graft.build.plan;

import graft.build.dockerfile.CommandLine;
import graft.build.dockerfile.Expander;
import graft.build.dockerfile.GoText;
import graft.build.dockerfile.Instruction;
import graft.build.dockerfile.KeyValue;
import graft.build.dockerfile.Ports;
import graft.build.dockerfile.RunMount;
import graft.build.dockerfile.Scope;
import graft.build.plan.Step.Work;
import graft.oci.ImageConfig.Healthcheck;
import graft.oci.ImageConfig.Settings;
import graft.oci.SettingsBuilder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/// From the instructions of a stage and the settings of its base to steps: a pure function. What
/// becomes of settings and history is as in BuildKit, down to the words.
///
/// Source: BuildKit's dockerfile2llb and the images that dockerd 28.5 builds.
public final class StagePlan {
  static final String DEFAULT_PATH =
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  private static final List<String> DEFAULT_SHELL = List.of("/bin/sh", "-c");

  /// Set in every RUN if the client sets them, without ARG; they are in no image and no key.
  public static final List<String> PROXIES =
      List.of(
          "HTTP_PROXY",
          "http_proxy",
          "HTTPS_PROXY",
          "https_proxy",
          "FTP_PROXY",
          "ftp_proxy",
          "NO_PROXY",
          "no_proxy",
          "ALL_PROXY",
          "all_proxy");

  /// What a stage begins with, and what it ends with.
  ///
  /// @param scope what is set; a plan changes a copy of it
  public record State(Settings settings, String author, Scope scope) {}

  /// @param steps in order
  public record Result(List<Step> steps, State end) {}

  private final Map<String, Optional<String>> given;
  private final Scope scope;
  private final SettingsBuilder settings;
  private String author;
  private boolean commandSet;
  private int number;
  private final List<Step> steps = new ArrayList<>();

  private StagePlan(Map<String, Optional<String>> given, State start, int number) {
    this.given = given;
    this.scope = start.scope().above();
    this.settings = new SettingsBuilder(start.settings());
    this.settings.onBuild = new ArrayList<>();
    this.author = start.author();
    this.number = number;
  }

  /// The scope at the beginning of a stage that is built on an image.
  public static State start(Settings base, String author, Scope global) {
    SettingsBuilder settings = new SettingsBuilder(base);
    if (settings.env.stream().noneMatch(e -> e.startsWith("PATH="))) {
      settings.env.add(DEFAULT_PATH);
    }
    Map<String, String> environment = new LinkedHashMap<>();
    for (String one : settings.env) {
      int equals = one.indexOf('=');
      environment.put(
          equals < 0 ? one : one.substring(0, equals), equals < 0 ? "" : one.substring(equals + 1));
    }
    return new State(settings.build(), author, global.stage(environment));
  }

  /// @param located does something with an instruction, and says where if it fails
  /// @param given what the client says of ARGs
  /// @param from the last number that was given to a step of the stage
  public static Result of(
      List<Instruction> instructions,
      Located located,
      Map<String, Optional<String>> given,
      State start,
      int from) {
    StagePlan plan = new StagePlan(given, start, from);
    for (Instruction i : instructions) {
      located.run(i, () -> plan.add(i));
    }
    return new Result(plan.steps, new State(plan.settings.build(), plan.author, plan.scope));
  }

  public interface Located {
    void run(Instruction instruction, Runnable work);
  }

  /// How many steps progress counts of these.
  public static int count(List<Instruction> instructions) {
    return (int) instructions.stream().filter(StagePlan::counts).count();
  }

  private static boolean counts(Instruction i) {
    return i instanceof Instruction.Run
        || i instanceof Instruction.Copy
        || i instanceof Instruction.Add
        || i instanceof Instruction.Workdir;
  }

  private void add(Instruction written) {
    Expander before = scope.expander();
    Instruction i = written.expand(before);
    String shown = shown(written);
    switch (i) {
      case Instruction.From _ -> throw new IllegalStateException("FROM within a stage");
      case Instruction.Run run -> run(run, before, shown);
      case Instruction.Copy copy ->
          step(
              i, shown, new Work.Copy(copy, destination(copy.destination())), CopyHistory.of(copy));
      case Instruction.Add add ->
          step(i, shown, new Work.Add(add, destination(add.destination())), CopyHistory.of(add));
      case Instruction.Workdir w -> workdir(w, shown);
      case Instruction.Env env -> {
        env.pairs().forEach(p -> settings.setEnv(p.key(), p.value()));
        scope.set(env);
        config(i, shown, "ENV " + pairs(env.pairs()));
      }
      case Instruction.Label label -> {
        for (KeyValue pair : label.pairs()) {
          if (Unset.isOne(pair)) {
            Unset.apply(pair, settings, scope);
          } else {
            settings.labels.put(pair.key(), pair.value());
          }
        }
        config(i, shown, "LABEL " + pairs(label.pairs()));
      }
      case Instruction.Arg arg -> argument(arg, shown);
      case Instruction.Cmd cmd -> {
        List<String> command = command(cmd.command());
        settings.cmd = some(command);
        settings.argsEscaped = true;
        commandSet = true;
        config(i, shown, "CMD " + GoText.quote(command));
      }
      case Instruction.Entrypoint entrypoint -> {
        List<String> command = command(entrypoint.command());
        settings.entrypoint = some(command);
        if (!commandSet) {
          settings.cmd = Optional.empty();
        }
        config(i, shown, "ENTRYPOINT " + GoText.quote(command));
      }
      case Instruction.Shell shell -> {
        settings.shell = Optional.of(shell.arguments());
        config(i, shown, "SHELL " + GoText.list(shell.arguments()));
      }
      case Instruction.Healthcheck check -> healthcheck(check, shown);
      case Instruction.Expose expose -> expose(expose, shown);
      case Instruction.Volume volume -> {
        settings.volumes.addAll(volume.paths());
        config(i, shown, "VOLUME " + GoText.list(volume.paths()));
      }
      case Instruction.User user -> {
        settings.user = user.user();
        config(i, shown, "USER " + user.user());
      }
      case Instruction.StopSignal signal -> {
        settings.stopSignal = Optional.of(signal.signal());
        config(i, shown, "STOPSIGNAL " + signal.signal());
      }
      case Instruction.OnBuild onBuild -> {
        settings.onBuild.add(onBuild.expression());
        config(i, shown, "");
      }
      case Instruction.Maintainer maintainer -> {
        author = maintainer.name();
        config(i, shown, "MAINTAINER " + maintainer.name());
      }
    }
  }

  private static String pairs(List<KeyValue> pairs) {
    return String.join(" ", pairs.stream().map(p -> p.key() + "=" + p.value()).toList());
  }

  private void config(Instruction i, String shown, String history) {
    steps.add(
        new Step(0, shown, i.origin(), new Work.Nothing(), settings.build(), author, history));
  }

  private void step(Instruction i, String shown, Work work, String history) {
    steps.add(new Step(++number, shown, i.origin(), work, settings.build(), author, history));
  }

  // ---- one by one

  /// `CMD []` is as good as none.
  private static Optional<List<String>> some(List<String> command) {
    return command.isEmpty() ? Optional.empty() : Optional.of(command);
  }

  private List<String> command(CommandLine line) {
    return switch (line) {
      case CommandLine.Exec(List<String> arguments) -> arguments;
      case CommandLine.Shell(String text) -> {
        List<String> all = new ArrayList<>(settings.shell.orElse(DEFAULT_SHELL));
        all.add(text);
        yield all;
      }
    };
  }

  private void run(Instruction.Run run, Expander before, String title) {
    List<RunMount> mounts = run.mounts(before);
    List<String> environment = new ArrayList<>();
    scope.variables().forEach((key, value) -> environment.add(key + "=" + value));
    for (String proxy : PROXIES) {
      Optional<String> value = given.getOrDefault(proxy, Optional.empty());
      if (value.isPresent() && environment.stream().noneMatch(e -> e.startsWith(proxy + "="))) {
        environment.add(proxy + "=" + value.get());
      }
    }
    List<Step.Script> scripts = new ArrayList<>();
    List<String> shown = new ArrayList<>();
    List<String> command =
        switch (run.program()) {
          case Instruction.Program.Exec(List<String> all) -> {
            shown.addAll(all);
            yield all;
          }
          case Instruction.Program.Shell(String text) -> {
            List<String> all = new ArrayList<>(settings.shell.orElse(DEFAULT_SHELL));
            all.add(text);
            shown.addAll(all);
            yield all;
          }
          case Instruction.Program.Script(String name, String content) -> {
            scripts.add(new Step.Script(name, content));
            // As BuildKit writes it, although no shell is between.
            shown.addAll(settings.shell.orElse(DEFAULT_SHELL));
            shown.add("/dev/pipes/" + name);
            yield List.of("/dev/pipes/" + name);
          }
        };
    step(
        run,
        title,
        new Work.Run(
            command,
            scripts,
            environment,
            settings.workingDir.isEmpty() ? "/" : settings.workingDir,
            settings.user,
            mounts,
            run.network(),
            run.security(),
            run.devices()),
        "RUN " + String.join(" ", declared()) + String.join(" ", shown) + " # buildkit");
  }

  /// The arguments as history shows them: `|2 A=1 B= `.
  private List<String> declared() {
    Map<String, Optional<String>> arguments = scope.arguments();
    if (arguments.isEmpty()) {
      return List.of();
    }
    List<String> all = new ArrayList<>();
    all.add("|" + arguments.size());
    arguments.forEach((key, value) -> all.add(key + "=" + value.orElse("")));
    all.add("");
    return all;
  }

  private void argument(Instruction.Arg arg, String shown) {
    List<String> said = new ArrayList<>();
    for (Instruction.Argument one : arg.arguments()) {
      said.add(one.key() + scope.declare(one, _ -> {}).map(v -> "=" + v).orElse(""));
    }
    config(arg, shown, "ARG " + String.join(" ", said));
  }

  private String shown(Instruction i) {
    String text = i instanceof Instruction.Run run ? run.shown() : i.origin().text();
    return scope.words().expandKnown(text, scope::get);
  }

  private String destination(String path) {
    String absolute = absolute(path);
    boolean directory =
        path.isEmpty() || path.equals(".") || path.endsWith("/") || path.endsWith("/.");
    return directory && !absolute.endsWith("/") ? absolute + "/" : absolute;
  }

  /// Relative to the working directory, without `.` and `..`.
  private String absolute(String path) {
    String whole =
        path.startsWith("/")
            ? path
            : (settings.workingDir.isEmpty() ? "/" : settings.workingDir) + "/" + path;
    List<String> clean = new ArrayList<>();
    for (String element : whole.split("/")) {
      if (element.equals("..")) {
        if (!clean.isEmpty()) {
          clean.removeLast();
        }
      } else if (!element.isEmpty() && !element.equals(".")) {
        clean.add(element);
      }
    }
    return "/" + String.join("/", clean);
  }

  private void workdir(Instruction.Workdir w, String shown) {
    settings.workingDir = absolute(w.path());
    Work.Directory work = new Work.Directory(settings.workingDir, settings.user);
    step(w, shown, work, "WORKDIR " + settings.workingDir);
  }

  private void healthcheck(Instruction.Healthcheck check, String shown) {
    settings.healthcheck =
        Optional.of(
            new Healthcheck(
                check.test(),
                check.interval(),
                check.timeout(),
                check.startPeriod(),
                check.startInterval(),
                check.retries()));
    config(
        check,
        shown,
        "HEALTHCHECK &{"
            + String.join(
                " ",
                GoText.quote(check.test()),
                GoText.quote(check.interval()),
                GoText.quote(check.timeout()),
                GoText.quote(check.startPeriod()),
                GoText.quote(check.startInterval()),
                GoText.quote(check.retries()))
            + "}");
  }

  private void expose(Instruction.Expose expose, String shown) {
    TreeSet<String> ports = new TreeSet<>();
    for (String one : expose.ports()) {
      ports.addAll(Ports.parse(one).each());
    }
    settings.exposedPorts.addAll(ports);
    config(expose, shown, "EXPOSE " + GoText.list(List.copyOf(ports)));
  }
}
