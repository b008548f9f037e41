package graft.build.dockerfile;

import graft.build.dockerfile.Instruction.Argument;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Looks at the instructions of a stage, one after the other, as a build would do them.
final class InstructionRules {
  private static final Pattern SECRET =
      Pattern.compile(
          "(?i)(?:_|^)(?:apikey|auth|credential|credentials|key|password|pword|passwd|secret|token)"
              + "(?:_|$)");
  private static final Pattern NO_SECRET =
      Pattern.compile("(?i)(?:_|^)(?:public|file|version)(?:_|$)");
  private static final Set<String> ALL = Set.of("*", "**", "**/*");

  private final WalkStage stage;
  private final Scope scope;
  private final Map<String, Walk.Outlined> globals;
  private final Ignore ignore;
  private final Findings findings;
  private final Map<String, Origin> once = new HashMap<>();

  InstructionRules(
      WalkStage stage,
      Scope scope,
      Map<String, Walk.Outlined> globals,
      Ignore ignore,
      Findings findings) {
    this.stage = stage;
    this.scope = scope;
    this.globals = globals;
    this.ignore = ignore;
    this.findings = findings;
    stage.scope = scope;
    if (stage.base.isPresent()) {
      WalkStage base = stage.base.get();
      stage.workdirSet = base.workdirSet;
      stage.workdir = base.workdir;
      stage.shellSet = base.shellSet;
    } else {
      stage.workdir = stage.found.map(Base::workingDirectory).orElse("");
      stage.shellSet = stage.found.map(b -> !b.shell().isEmpty()).orElse(false);
    }
  }

  /// @throws DockerfileException it cannot be done; without location
  void look(Instruction written) {
    Origin origin = written.origin();
    Expander expander = scope.expander(name -> undefined(name, origin));
    Instruction instruction = written.expand(expander);
    switch (instruction) {
      case Instruction.From _ -> throw new IllegalStateException("FROM in a stage");
      case Instruction.Env env -> env(env);
      case Instruction.Label label -> label.pairs().forEach(p -> legacy(p, origin));
      case Instruction.Arg arg -> arg.arguments().forEach(a -> arg(a, origin));
      case Instruction.Run run -> run.mounts(expander).forEach(m -> mount(m, origin));
      case Instruction.Copy copy -> {
        CopyRules.check(copy);
        if (copy.from().isEmpty()) {
          copy.sources().forEach(s -> ignored("Copy", s, origin));
        } else {
          refuseLater(copy.from());
        }
      }
      case Instruction.Add add -> {
        CopyRules.check(add);
        add.sources().stream()
            .filter(s -> Remote.of(s) == Remote.NONE)
            .forEach(s -> ignored("Add", s, origin));
      }
      case Instruction.Workdir workdir -> workdir(workdir);
      case Instruction.Cmd cmd -> {
        once(origin);
        preferJson(cmd.command(), origin);
      }
      case Instruction.Entrypoint entrypoint -> {
        once(origin);
        preferJson(entrypoint.command(), origin);
      }
      case Instruction.Healthcheck _ -> once(origin);
      case Instruction.Expose expose -> expose.ports().forEach(p -> port(p, origin));
      case Instruction.Shell _ -> stage.shellSet = true;
      case Instruction.StopSignal signal -> StopSignals.check(signal.signal());
      case Instruction.User _,
          Instruction.Volume _,
          Instruction.OnBuild _,
          Instruction.Maintainer _ -> {}
    }
  }

  private void undefined(String name, Origin origin) {
    String message = "Usage of undefined variable '$" + name + "'";
    Set<String> known = scope.count() > Suggestion.MOST ? Set.of() : scope.variables().keySet();
    String suggested =
        Suggestion.find(name, known)
            .map(s -> message + " (did you mean $" + s + "?)")
            .orElse(message);
    findings.add(Rule.UNDEFINED_VAR, origin, suggested);
  }

  private void legacy(KeyValue pair, Origin origin) {
    if (pair.legacy()) {
      String keyword = origin.keyword();
      findings.add(
          Rule.LEGACY_KEY_VALUE_FORMAT,
          origin,
          String.format(
              "\"%s key=value\" should be used instead of legacy \"%s key value\" format",
              keyword, keyword));
    }
  }

  private void secret(String keyword, String name, Origin origin) {
    if (SECRET.matcher(name).find() && !NO_SECRET.matcher(name).find()) {
      findings.add(
          Rule.SECRETS_USED_IN_ARG_OR_ENV,
          origin,
          String.format(
              "Do not use ARG or ENV instructions for sensitive data (%s %s)",
              keyword, GoText.quote(name)));
    }
  }

  private void env(Instruction.Env env) {
    for (KeyValue pair : env.pairs()) {
      legacy(pair, env.origin());
      secret("ENV", pair.key(), env.origin());
      scope.set(pair.key(), pair.value());
    }
  }

  private void arg(Argument argument, Origin origin) {
    String key = argument.key();
    secret("ARG", key, origin);
    boolean inherits = scope.inherits(argument);
    Optional<String> value = scope.declare(argument, name -> undefined(name, origin));
    if (!inherits) {
      stage.arguments.put(
          key, new Walk.Outlined(argument, value.orElse(""), origin.lines(), Set.of()));
    } else if (!globals.containsKey(key)) {
      // One of the builder's own: nobody gives it.
      stage.arguments.remove(key);
    }
    stage.usedArguments.add(key);
  }

  private void mount(RunMount mount, Origin origin) {
    Lines lines = origin.lines();
    switch (mount) {
      case RunMount.Secret secret ->
          stage.secrets.putIfAbsent(
              secret.id(), new Outline.Use(secret.id(), secret.required(), lines));
      case RunMount.Ssh ssh ->
          stage.ssh.putIfAbsent(ssh.id(), new Outline.Use(ssh.id(), ssh.required(), lines));
      case RunMount.Bind bind -> target(bind.from(), bind.target());
      case RunMount.Cache cache -> target(cache.from(), cache.target());
      case RunMount.Tmpfs tmpfs -> target("", tmpfs.target());
    }
  }

  private void target(String from, String target) {
    WalkStage source = stage.sourceOf.get(from);
    if (source != null && !source.done) {
      throw new DockerfileException(
          String.format(
              "cannot mount from stage %s to %s, stage needs to be defined before current command",
              GoText.quote(from), GoText.quote(target)));
    }
    if (absolute(target).equals("/")) {
      throw new DockerfileException("invalid mount target \"/\"");
    }
  }

  private String absolute(String path) {
    return Paths.clean(path.startsWith("/") ? path : "/" + stage.workdir + "/" + path);
  }

  private void refuseLater(String from) {
    WalkStage source = stage.sourceOf.get(from);
    if (source != null && !source.done) {
      throw new DockerfileException(
          String.format(
              "cannot copy from stage %s, it needs to be defined before current stage %s",
              GoText.quote(from), GoText.quote(stage.label)));
    }
  }

  /// With patterns that let in again nothing can be said without the files.
  private void ignored(String verb, String source, Origin origin) {
    if (ignore.hasExceptions()) {
      return;
    }
    String path = Paths.clean(source);
    boolean root = path.equals(".") || path.equals("/");
    if (root ? ignore.patterns().stream().anyMatch(ALL::contains) : ignore.excludesOrParent(path)) {
      findings.add(
          Rule.COPY_IGNORED_FILE,
          origin,
          String.format(
              "Attempting to %s file %s that is excluded by .dockerignore",
              verb, GoText.quote(path)));
    }
  }

  private void workdir(Instruction.Workdir workdir) {
    if (!stage.workdirSet && !workdir.path().startsWith("/")) {
      findings.add(
          Rule.WORKDIR_RELATIVE_PATH,
          workdir.origin(),
          String.format(
              "Relative workdir %s can have unexpected results if the base image changes",
              GoText.quote(workdir.path())));
    }
    stage.workdirSet = true;
    stage.workdir = absolute(workdir.path());
  }

  /// Of several only the last one counts: the others are reported.
  private void once(Origin origin) {
    Origin earlier = once.put(origin.keyword().toLowerCase(Locale.ROOT), origin);
    if (earlier != null) {
      findings.add(
          Rule.MULTIPLE_INSTRUCTIONS_DISALLOWED,
          earlier,
          String.format(
              "Multiple %s instructions should not be used in the same stage because only the last"
                  + " one will be used",
              origin.keyword()));
    }
  }

  private void preferJson(CommandLine command, Origin origin) {
    if (command instanceof CommandLine.Shell && !stage.shellSet) {
      findings.add(
          Rule.JSON_ARGS_RECOMMENDED,
          origin,
          String.format(
              "JSON arguments recommended for %s to prevent unintended behavior related to OS"
                  + " signals",
              origin.keyword()));
    }
  }

  private void port(String text, Origin origin) {
    Ports ports = Ports.parse(text);
    if (!ports.protocol().equals(ports.protocol().toLowerCase(Locale.ROOT))) {
      findings.add(
          Rule.EXPOSE_PROTO_CASING,
          origin,
          "Defined protocol '" + text + "' in EXPOSE instruction should be lowercase");
    }
    if (!ports.ip().isEmpty() || !ports.hostPort().isEmpty()) {
      findings.add(
          Rule.EXPOSE_INVALID_FORMAT,
          origin,
          "EXPOSE instruction should not define an IP address or host-port mapping, found '"
              + text
              + "'");
    }
  }
}
