package graft.build.dockerfile;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Gathers what the stages of a [Walk] were found to use.
final class WalkOutline {
  private final Map<String, Walk.Outlined> globalArguments;

  WalkOutline(Map<String, Walk.Outlined> globalArguments) {
    this.globalArguments = globalArguments;
  }

  /// @param reachable the target and what it needs, in the order in which it is named
  Outline of(WalkStage target, Set<WalkStage> reachable) {
    Map<String, Outline.Arg> args = new LinkedHashMap<>();
    Map<String, Outline.Use> secrets = new LinkedHashMap<>();
    Map<String, Outline.Use> ssh = new LinkedHashMap<>();
    for (WalkStage stage : reachable) {
      for (String name : used(stage)) {
        Walk.Outlined found = stage.arguments.getOrDefault(name, globalArguments.get(name));
        if (found != null) {
          args.putIfAbsent(
              name,
              new Outline.Arg(name, found.value(), found.argument().description(), found.lines()));
        }
      }
      stage.secrets.forEach((k, v) -> secrets.putIfAbsent(k, v));
      stage.ssh.forEach((k, v) -> ssh.putIfAbsent(k, v));
    }
    return new Outline(
        target.declared.map(Stage::name).orElse(""),
        target.declared.map(Stage::description).orElse(""),
        args.values().stream().sorted(Comparator.comparingInt(a -> a.lines().first())).toList(),
        sorted(secrets),
        sorted(ssh));
  }

  private static List<Outline.Use> sorted(Map<String, Outline.Use> uses) {
    return uses.values().stream().sorted(Comparator.comparingInt(u -> u.lines().first())).toList();
  }

  /// The arguments that a stage uses, and those in their defaults.
  private Set<String> used(WalkStage stage) {
    Set<String> used = new LinkedHashSet<>();
    Deque<String> todo = new ArrayDeque<>(stage.usedArguments);
    while (!todo.isEmpty()) {
      String name = todo.poll();
      if (used.add(name)) {
        Walk.Outlined argument = stage.arguments.getOrDefault(name, globalArguments.get(name));
        if (argument != null) {
          todo.addAll(argument.uses());
        }
      }
    }
    return used;
  }
}
