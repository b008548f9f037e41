package graft.build.dockerfile;

import graft.build.dockerfile.Instruction.Arg;
import graft.build.dockerfile.Instruction.Argument;
import graft.error.GraftException;
import graft.oci.Platform;
import graft.oci.Reference;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Goes through the stages as a build would, and does nothing: resolves what they are based on and
/// copy from, keeps their variables, and looks at each instruction with [InstructionRules].
final class Walk {
  private static final List<String> COMMON_IMAGES =
      Stream.of("alpine", "busybox", "centos", "debian", "golang", "ubuntu", "fedora")
          .flatMap(n -> Stream.of(n, n + ":latest"))
          .toList();

  private final Dockerfile dockerfile;
  private final Analysis.Question question;
  private final Findings findings;
  private final Words words;
  private final List<WalkStage> stages = new ArrayList<>();
  private final Map<String, WalkStage> byName = new HashMap<>();
  private final Map<String, Outlined> globalArguments = new LinkedHashMap<>();
  private @Nullable Scope globals;

  /// An argument, as the outline shows it.
  ///
  /// @param uses other arguments that its default names
  record Outlined(Argument argument, String value, Lines lines, Set<String> uses) {}

  Walk(Dockerfile dockerfile, Analysis.Question question, Findings findings) {
    this.dockerfile = dockerfile;
    this.question = question;
    this.findings = findings;
    this.words = new Words(dockerfile.directives().escape());
  }

  /// @return what the target can be given
  Outline run() {
    String targetName =
        question.target().isEmpty() ? dockerfile.stages().getLast().name() : question.target();
    Map<String, String> predefined =
        Analysis.predefined(question.buildPlatform(), question.targetPlatform(), targetName);
    defaultBases(predefined);
    Scope scope = globals(predefined);
    globals = scope;
    for (int i = 0; i < dockerfile.stages().size(); i++) {
      declare(dockerfile.stages().get(i), i, scope);
    }
    WalkStage target = target();
    // Stages that only a COPY or a mount names are added while the others are looked at.
    for (WalkStage stage : List.copyOf(stages)) {
      for (Instruction instruction : stage.instructions) {
        sources(stage, instruction, instruction.origin());
      }
    }
    refuseCircles();
    Set<WalkStage> reachable = resolve(target);
    for (WalkStage stage : stages) {
      if ((question.allStages() || reachable.contains(stage)) && !stage.done) {
        dispatch(stage);
      }
    }
    return new WalkOutline(globalArguments).of(target, reachable(target));
  }

  private DockerfileException located(DockerfileException e, List<Lines> lines) {
    return e.at(dockerfile.at(lines));
  }

  /// A Dockerfile should build without any argument.
  private void defaultBases(Map<String, String> predefined) {
    Scope scope = Scope.predefined(words.escape(), predefined, Map.of());
    predefined.keySet().stream()
        .filter(question.buildArguments()::containsKey)
        .forEach(k -> scope.set(k, String.valueOf(question.buildArguments().get(k))));
    try {
      dockerfile.globals().stream()
          .flatMap(a -> a.arguments().stream())
          .forEach(a -> scope.declare(a, _ -> {}));
      for (Stage stage : dockerfile.stages()) {
        String image = words.expand(stage.from().image(), scope::get).value();
        if (invalidReference(image).isPresent()) {
          findings.add(
              Rule.INVALID_DEFAULT_ARG_IN_FROM,
              stage.from().origin(),
              "Default value for ARG "
                  + stage.from().image()
                  + " results in empty or invalid base image name");
        }
      }
    } catch (DockerfileException e) {
      // Told where the build comes to it.
      return;
    }
  }

  private static Optional<String> invalidReference(String image) {
    try {
      Reference.parse(image);
      return Optional.empty();
    } catch (GraftException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }

  private Scope globals(Map<String, String> predefined) {
    Scope scope = Scope.predefined(words.escape(), predefined, question.buildArguments());
    for (Arg arg : dockerfile.globals()) {
      for (Argument argument : arg.arguments()) {
        String key = argument.key();
        dockerfile.located(
            arg.origin(),
            () -> {
              Set<String> uses = new LinkedHashSet<>();
              if (!question.buildArguments().containsKey(key)) {
                argument.value().ifPresent(v -> uses.addAll(words.expand(v, scope::get).matched()));
                Outlined old = globalArguments.get(key);
                if (uses.remove(key) && old != null) {
                  uses.addAll(old.uses());
                }
              }
              String value = scope.declare(argument, _ -> {}).orElse("");
              return globalArguments.put(
                  key, new Outlined(argument, value, arg.origin().lines(), uses));
            });
      }
    }
    return scope;
  }

  private void declare(Stage stage, int index, Scope scope) {
    Instruction.From from = stage.from();
    WalkStage walked =
        new WalkStage(
            stage.name().isEmpty() ? "stage-" + index : stage.name(),
            Optional.of(stage),
            List.of(from.origin().lines()));
    walked.instructions.addAll(stage.instructions());
    Words.Expanded image =
        dockerfile.located(from.origin(), () -> words.expand(from.image(), scope::get));
    undeclared(image.unmatched(), from, scope);
    if (image.value().isEmpty()) {
      throw located(
          new DockerfileException("base name (" + from.image() + ") should not be blank"),
          walked.lines);
    }
    walked.image = image.value();
    Set<String> used = new LinkedHashSet<>(image.matched());
    if (!from.platform().isEmpty()) {
      walked.platform = Optional.of(platform(from, scope, used));
    }
    if (!stage.name().isEmpty() && question.contexts().contains(stage.name())) {
      walked.fromContext = true;
    } else {
      walked.base = Optional.ofNullable(byName.get(walked.image));
      walked.usedArguments.addAll(used);
    }
    stages.add(walked);
    if (!stage.name().isEmpty()) {
      byName.put(stage.name(), walked);
    }
  }

  private void undeclared(Set<String> unmatched, Instruction.From from, Scope scope) {
    for (String name : unmatched) {
      if (!globalArguments.containsKey(name)) {
        Set<String> known = new HashSet<>(globalArguments.keySet());
        known.addAll(scope.variables().keySet());
        findings.add(
            Rule.UNDEFINED_ARG_IN_FROM,
            from.origin(),
            Suggestion.append("FROM argument '" + name + "' is not declared", name, known));
      }
    }
  }

  private Platform platform(Instruction.From from, Scope scope, Set<String> used) {
    Words.Expanded expanded;
    try {
      expanded = words.expand(from.platform(), scope::get);
    } catch (DockerfileException e) {
      throw new DockerfileException(
          "failed to process arguments for platform " + from.platform() + ": " + e.getMessage(),
          dockerfile.at(from.origin()));
    }
    undeclared(expanded.unmatched(), from, scope);
    String value = expanded.value();
    if (expanded.matched().equals(Set.of("TARGETPLATFORM"))
        && expanded.unmatched().isEmpty()
        && scope.get("TARGETPLATFORM").equals(Optional.of(value))) {
      findings.add(
          Rule.REDUNDANT_TARGET_PLATFORM,
          from.origin(),
          "Setting platform to predefined "
              + from.platform()
              + " in FROM is redundant as this is the default behavior");
    }
    used.addAll(expanded.matched());
    if (value.isEmpty()) {
      throw new DockerfileException(
          suggestAny("empty platform value from expression " + from.platform(), expanded, scope),
          dockerfile.at(from.origin()));
    }
    Platform platform;
    try {
      platform = Platform.parse(value);
    } catch (GraftException e) {
      throw new DockerfileException(
          suggestAny(
              "failed to parse platform " + from.platform() + ": " + e.getMessage(),
              expanded,
              scope),
          dockerfile.at(from.origin()));
    }
    boolean constant = expanded.matched().isEmpty() && expanded.unmatched().isEmpty();
    if (constant
        && !from.name().contains(platform.os())
        && !from.name().contains(platform.architecture())) {
      findings.add(
          Rule.FROM_PLATFORM_FLAG_CONST_DISALLOWED,
          from.origin(),
          "FROM --platform flag should not use constant value " + GoText.quote(value));
    }
    return platform;
  }

  private static String suggestAny(String message, Words.Expanded expanded, Scope scope) {
    return expanded.unmatched().stream()
        .map(name -> Suggestion.append(message, name, scope.variables().keySet()))
        .filter(s -> !s.equals(message))
        .findFirst()
        .orElse(message);
  }

  private WalkStage target() {
    if (question.target().isEmpty()) {
      return stages.getLast();
    }
    WalkStage target = byName.get(question.target().toLowerCase(Locale.ROOT));
    if (target == null) {
      throw located(
          new DockerfileException(
              Dockerfile.missingTarget(
                  question.target(), stages.stream().map(s -> s.label).toList())),
          List.of());
    }
    return target;
  }

  /// Finds what an instruction takes files from, besides the context.
  private void sources(WalkStage stage, Instruction instruction, Origin origin) {
    List<String> names =
        switch (instruction) {
          case Instruction.Copy copy -> copyFrom(copy, origin);
          case Instruction.Run run -> run.mountsFrom();
          default -> List.of();
        };
    for (String name : names) {
      WalkStage source =
          instruction instanceof Instruction.Copy && name.matches("[+-]?[0-9]{1,9}")
              ? byIndex(name, origin)
              : byName.get(name.toLowerCase(Locale.ROOT));
      if (source == null) {
        source = new WalkStage("", Optional.empty(), List.of(origin.lines()));
        source.image = name;
        stages.add(source);
      }
      stage.sources.put(source, origin.lines());
      stage.sourceOf.put(name, source);
    }
  }

  private List<String> copyFrom(Instruction.Copy copy, Origin origin) {
    if (copy.from().isEmpty()) {
      return List.of();
    }
    String expanded =
        dockerfile.located(origin, () -> words.expand(copy.from(), _ -> Optional.empty()).value());
    if (!expanded.equals(copy.from())) {
      throw new DockerfileException(
          "variable expansion is not supported for --from, define a new stage with FROM using ARG"
              + " from global scope as a workaround",
          dockerfile.at(origin));
    }
    return List.of(copy.from());
  }

  private WalkStage byIndex(String number, Origin origin) {
    int index = Integer.parseInt(number);
    if (index < 0 || index >= stages.size()) {
      throw new DockerfileException("invalid stage index " + index, dockerfile.at(origin));
    }
    return stages.get(index);
  }

  /// Looks for stages that copy from each other, without a call for each.
  private void refuseCircles() {
    Set<WalkStage> visited = new HashSet<>();
    for (WalkStage root : stages) {
      // The way from the root, and what is left to try at each stage of it.
      List<WalkStage> way = new ArrayList<>();
      List<Deque<WalkStage>> rest = new ArrayList<>();
      Set<WalkStage> onWay = new HashSet<>();
      if (!visited.add(root)) {
        continue;
      }
      way.add(root);
      onWay.add(root);
      rest.add(new ArrayDeque<>(root.sources.keySet()));
      while (!way.isEmpty()) {
        WalkStage next = rest.getLast().poll();
        if (next == null) {
          onWay.remove(way.removeLast());
          rest.removeLast();
        } else if (onWay.contains(next)) {
          throw circle(root, way, next);
        } else if (visited.add(next)) {
          way.add(next);
          onWay.add(next);
          rest.add(new ArrayDeque<>(next.sources.keySet()));
        }
      }
    }
  }

  private DockerfileException circle(WalkStage root, List<WalkStage> way, WalkStage last) {
    Set<Lines> copies = new LinkedHashSet<>();
    for (int i = 0; i < way.size(); i++) {
      WalkStage to = i + 1 < way.size() ? way.get(i + 1) : last;
      Lines copy = way.get(i).sources.get(to);
      if (copy != null) {
        copies.add(copy);
      }
    }
    return new DockerfileException(
        "circular dependency detected on stage: " + root.label,
        dockerfile.at(copies.stream().sorted(Comparator.comparingInt(Lines::first)).toList()));
  }

  private static Set<WalkStage> reachable(WalkStage target) {
    Set<WalkStage> seen = new LinkedHashSet<>();
    Deque<WalkStage> todo = new ArrayDeque<>(List.of(target));
    while (!todo.isEmpty()) {
      WalkStage stage = todo.pop();
      if (seen.add(stage)) {
        // In the order in which they are named: the outline is in that order too.
        List<WalkStage> next = new ArrayList<>(stage.sources.keySet());
        stage.base.ifPresent(next::addFirst);
        next.reversed().forEach(todo::push);
      }
    }
    return seen;
  }

  /// Finds the bases of what is needed. Their triggers may need more.
  private Set<WalkStage> resolve(WalkStage target) {
    while (true) {
      Set<WalkStage> reachable = reachable(target);
      boolean more = false;
      for (WalkStage stage : List.copyOf(stages)) {
        boolean needed = question.allStages() || reachable.contains(stage);
        if (stage.base.isEmpty() && stage.found.isEmpty()) {
          findBase(stage, needed);
        }
        if (needed && !stage.triggered) {
          stage.triggered = true;
          more |= trigger(stage);
        }
      }
      if (!more) {
        return reachable;
      }
    }
  }

  private void findBase(WalkStage stage, boolean needed) {
    Platform wanted = stage.platform.orElse(question.targetPlatform());
    if (stage.fromContext || stage.image.equals("scratch")) {
      stage.found = Optional.of(Base.scratch(question.targetPlatform()));
      stage.done |= stage.fromContext || stage.declared.isEmpty();
      return;
    }
    invalidReference(stage.image)
        .ifPresent(why -> {
          throw located(
              new DockerfileException(
                  "failed to parse stage name " + GoText.quote(stage.image) + ": " + why),
              stage.lines);
        });
    if (!needed) {
      return;
    }
    Base base;
    if (question.contexts().contains(stage.image)) {
      base = Base.scratch(wanted);
    } else {
      try {
        base = question.bases().find(stage.image, wanted);
      } catch (DockerfileException e) {
        List<String> known = new ArrayList<>(COMMON_IMAGES);
        stages.stream().map(s -> s.label).filter(l -> !l.isEmpty()).forEach(known::add);
        String message = stage.image + ": " + e.getMessage();
        throw located(
            new DockerfileException(Suggestion.append(message, stage.image, known)), stage.lines);
      }
      if (stage.declared.isPresent() && !samePlatform(base.platform(), wanted)) {
        findings.add(
            Rule.INVALID_BASE_IMAGE_PLATFORM,
            stage.declared.get().from().origin(),
            String.format(
                "Base image %s was pulled with platform %s, expected %s for current build",
                stage.image,
                GoText.quote(base.platform().toString()),
                GoText.quote(wanted.toString())));
      }
    }
    stage.found = Optional.of(base);
    stage.done |= stage.declared.isEmpty();
  }

  private static boolean samePlatform(Platform a, Platform b) {
    return a.os().equals(b.os()) && a.architecture().equals(b.architecture());
  }

  /// Puts the triggers of the base before the instructions. Returns whether they need other stages.
  private boolean trigger(WalkStage stage) {
    if (stage.declared.isEmpty()) {
      return false;
    }
    Instruction.From from = stage.declared.get().from();
    List<String> triggers =
        stage
            .base
            .map(base ->
                base.instructions.stream()
                    .filter(Instruction.OnBuild.class::isInstance)
                    .map(i -> ((Instruction.OnBuild) i).expression())
                    .toList())
            .or(() -> stage.found.map(Base::triggers))
            .orElse(List.of());
    List<Instruction> instructions = new ArrayList<>();
    int before = stage.sources.size();
    for (String trigger : triggers) {
      Instruction instruction =
          dockerfile.located(from.origin(), () -> Dockerfile.trigger(trigger, from));
      sources(stage, instruction, from.origin());
      instructions.add(instruction);
    }
    stage.instructions.addAll(0, instructions);
    return stage.sources.size() > before;
  }

  private void dispatch(WalkStage stage) {
    stage.done = true;
    InstructionRules rules =
        new InstructionRules(stage, scopeOf(stage), globalArguments, question.ignore(), findings);
    for (Instruction instruction : stage.instructions) {
      dockerfile.located(
          instruction.origin(),
          () -> {
            rules.look(instruction);
            return rules;
          });
    }
  }

  private Scope scopeOf(WalkStage stage) {
    if (stage.base.isPresent() && stage.base.get().scope != null) {
      return stage.base.get().scope.above();
    }
    Map<String, String> environment =
        new LinkedHashMap<>(stage.found.map(Base::environment).orElse(Map.of()));
    environment.putIfAbsent("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    if (globals == null) {
      throw new IllegalStateException("no global scope");
    }
    return globals.stage(environment);
  }
}
