package graft.build.dockerfile;

import graft.build.dockerfile.Instruction.Arg;
import graft.build.dockerfile.Instruction.Argument;
import graft.build.dockerfile.Instruction.Env;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/// The variables that are set at some place of a Dockerfile: what ARG and ENV, the base image and
/// the client have said up to there. Not thread-safe.
///
/// An ARG and an ENV of the same name are the same variable; the later one counts.
public final class Scope {
  /// Characters of all variables. A kernel takes about 6 MB of them.
  private static final int MOST = 16 << 20;

  private final Words words;

  /// What the client set, and what ARGs before the first FROM and the builder have set.
  private final Map<String, String> buildArguments;

  private final Map<String, String> globals;
  private final Map<String, String> variables;
  private final Map<String, Optional<String>> arguments;
  private long size;

  private Scope(
      Words words,
      Map<String, String> buildArguments,
      Map<String, String> globals,
      Map<String, String> variables,
      Map<String, Optional<String>> arguments) {
    this.words = words;
    this.buildArguments = buildArguments;
    this.globals = globals;
    this.variables = new LinkedHashMap<>(variables);
    this.arguments = new LinkedHashMap<>(arguments);
    variables.forEach((k, v) -> size += k.length() + v.length());
  }

  /// The scope of the FROMs.
  ///
  /// @param predefined by the builder: `TARGETPLATFORM` and the like
  /// @param buildArguments of the client, with a value
  /// @throws DockerfileException a default that makes no sense
  public static Scope global(
      Dockerfile dockerfile, Map<String, String> predefined, Map<String, String> buildArguments) {
    Words words = new Words(dockerfile.directives().escape());
    Map<String, String> given = Collections.unmodifiableMap(new LinkedHashMap<>(buildArguments));
    Map<String, String> first = new LinkedHashMap<>(predefined);
    first.replaceAll((k, v) -> given.getOrDefault(k, v));
    Scope scope = new Scope(words, given, Map.of(), first, Map.of());
    for (Arg arg : dockerfile.globals()) {
      dockerfile.located(
          arg.origin(),
          () -> {
            scope.declare(arg, _ -> {});
            return "";
          });
    }
    return scope;
  }

  /// The scope after the FROM of a stage whose base is an image; this is the global one.
  ///
  /// @param environment of the image's config, in order
  public Scope stage(Map<String, String> environment) {
    return new Scope(words, buildArguments, Map.copyOf(variables), environment, Map.of());
  }

  /// The scope after the FROM of a stage whose base is another stage, at the end of which this is:
  /// it has the variables of that.
  public Scope copy() {
    return new Scope(words, buildArguments, globals, variables, arguments);
  }

  public Words words() {
    return words;
  }

  /// What a RUN sees, in order: names and values.
  public Map<String, String> variables() {
    return Collections.unmodifiableMap(variables);
  }

  /// The ARGs declared up to here, in order, with the values they have now; for history.
  public Map<String, Optional<String>> arguments() {
    Map<String, Optional<String>> now = new LinkedHashMap<>(arguments);
    now.replaceAll((k, v) -> Optional.ofNullable(variables.get(k)).or(() -> v));
    return Collections.unmodifiableMap(now);
  }

  public Optional<String> get(String name) {
    return Optional.ofNullable(variables.get(name));
  }

  public void set(String name, String value) {
    String old = variables.put(name, value);
    size += value.length() - (old == null ? -name.length() : old.length());
    if (size > MOST) {
      throw new DockerfileException("variables are longer than " + MOST + " characters together");
    }
  }

  /// Sets what an ENV says.
  ///
  /// @param env expanded
  public void set(Env env) {
    env.pairs().forEach(p -> set(p.key(), p.value()));
  }

  /// Sets what an ARG says: what the client wants, else its default, else what an ARG of the same
  /// name before the first FROM has. None of them: it is declared and not set.
  ///
  /// @param unmatched hears of names in the default that are not set
  /// @throws DockerfileException a default that makes no sense; without location
  public void declare(Arg arg, Consumer<Set<String>> unmatched) {
    for (Argument argument : arg.arguments()) {
      String key = argument.key();
      Optional<String> value = Optional.ofNullable(buildArguments.get(key));
      if (value.isEmpty()) {
        value =
            argument
                .value()
                .map(v -> {
                  Words.Expanded expanded = words.expand(v, this::get);
                  unmatched.accept(expanded.unmatched());
                  return expanded.value();
                });
      }
      if (value.isEmpty()) {
        value = Optional.ofNullable(globals.get(key));
      }
      // These are for the builder, not for what it runs.
      if (!key.equals("BUILDKIT_SBOM_SCAN_CONTEXT") && !key.equals("BUILDKIT_SBOM_SCAN_STAGE")) {
        value.ifPresent(v -> set(key, v));
      }
      arguments.put(key, value);
    }
  }

  /// Replaces the variables of this scope as they are now: all of an instruction sees the values
  /// before it.
  public Expander expander() {
    return expander(_ -> {});
  }

  /// @param unmatched hears of names that are not set and were not declared
  public Expander expander(Consumer<String> unmatched) {
    Map<String, String> now = Map.copyOf(variables);
    return new Snapshot(
        now, names -> names.stream().filter(n -> !arguments.containsKey(n)).forEach(unmatched));
  }

  private final class Snapshot implements Expander {
    private final Map<String, String> now;
    private final Consumer<Set<String>> unmatched;

    Snapshot(Map<String, String> now, Consumer<Set<String>> unmatched) {
      this.now = now;
      this.unmatched = unmatched;
    }

    private Optional<String> lookup(String name) {
      return Optional.ofNullable(now.get(name));
    }

    @Override
    public String word(String word) {
      return heard(words.expand(word, this::lookup));
    }

    @Override
    public String text(String text) {
      return heard(Words.expandText(text, this::lookup));
    }

    private String heard(Words.Expanded expanded) {
      unmatched.accept(expanded.unmatched());
      return expanded.value();
    }

    @Override
    public List<String> words(String text) {
      return words.split(text, this::lookup).words();
    }
  }
}
