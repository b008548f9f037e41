package graft.build.dockerfile;

import graft.build.dockerfile.Instruction.Arg;
import graft.build.dockerfile.Instruction.Argument;
import graft.build.dockerfile.Instruction.Env;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The variables that are set at some place of a Dockerfile: what ARG and ENV, the base image and
/// the client have said up to there. Not thread-safe.
///
/// An ARG and an ENV of the same name are the same variable; the later one counts.
public final class Scope {
  /// Characters of all variables. A kernel takes about 6 MB of them.
  private static final int MOST = 16 << 20;

  /// These are for the builder, not for what it runs.
  private static final Set<String> NOT_IN_ENVIRONMENT =
      Set.of("BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE");

  private final Words words;

  /// What the client set.
  private final Map<String, String> buildArguments;

  /// That of the FROMs; null if it is this one.
  private final @Nullable Scope globals;

  /// That of the end of the stage which is the base of this one. A stage has what is new in it, so
  /// that ten thousand stages on top of each other are not ten thousand copies.
  private final @Nullable Scope below;

  private final Map<String, String> variables = new LinkedHashMap<>();

  /// Those of the scopes below that are not set any more.
  private final Set<String> unset = new HashSet<>();

  private final Map<String, Optional<String>> arguments = new LinkedHashMap<>();
  private long size;

  private Scope(
      Words words,
      Map<String, String> buildArguments,
      @Nullable Scope globals,
      @Nullable Scope below) {
    this.words = words;
    this.buildArguments = buildArguments;
    this.globals = globals;
    this.below = below;
    this.size = below == null ? 0 : below.size;
  }

  /// The scope of the FROMs.
  ///
  /// @param predefined by the builder, see [Analysis#predefined]
  /// @param buildArguments of the client, with a value
  /// @throws DockerfileException a default that makes no sense
  public static Scope global(
      Dockerfile dockerfile, Map<String, String> predefined, Map<String, String> buildArguments) {
    Scope scope = predefined(dockerfile.directives().escape(), predefined, buildArguments);
    for (Arg arg : dockerfile.globals()) {
      dockerfile.located(
          arg.origin(),
          () -> {
            arg.arguments().forEach(a -> scope.declare(a, _ -> {}));
            return scope;
          });
    }
    return scope;
  }

  /// The scope before the first line.
  static Scope predefined(
      char escape, Map<String, String> predefined, Map<String, String> buildArguments) {
    Map<String, String> given = Collections.unmodifiableMap(new LinkedHashMap<>(buildArguments));
    Scope scope = new Scope(new Words(escape), given, null, null);
    predefined.forEach((k, v) -> scope.set(k, given.getOrDefault(k, v)));
    return scope;
  }

  /// The scope after the FROM of a stage whose base is an image; this is the global one.
  ///
  /// @param environment of the image's config, in order
  public Scope stage(Map<String, String> environment) {
    Scope stage = new Scope(words, buildArguments, globals == null ? this : globals, null);
    environment.forEach(stage::set);
    return stage;
  }

  /// The scope after the FROM of a stage whose base is another stage, at the end of which this is:
  /// it has the variables of that. This one must not change any more.
  public Scope above() {
    return new Scope(words, buildArguments, globals, this);
  }

  public Words words() {
    return words;
  }

  /// Bottom first.
  private Deque<Scope> chain() {
    Deque<Scope> chain = new ArrayDeque<>();
    for (Scope s = this; s != null; s = s.below) {
      chain.push(s);
    }
    return chain;
  }

  /// What a RUN sees, in order: names and values.
  public Map<String, String> variables() {
    Map<String, String> all = new LinkedHashMap<>();
    for (Scope s : chain()) {
      all.keySet().removeAll(s.unset);
      all.putAll(s.variables);
    }
    return Collections.unmodifiableMap(all);
  }

  /// The ARGs declared up to here, in order, with the values they have now; for history.
  public Map<String, Optional<String>> arguments() {
    Map<String, Optional<String>> now = new LinkedHashMap<>();
    chain().forEach(s -> now.putAll(s.arguments));
    now.replaceAll((k, v) -> get(k).or(() -> v));
    return Collections.unmodifiableMap(now);
  }

  public Optional<String> get(String name) {
    for (Scope s = this; s != null; s = s.below) {
      String value = s.variables.get(name);
      if (value != null) {
        return Optional.of(value);
      }
      if (s.unset.contains(name)) {
        break;
      }
    }
    return Optional.empty();
  }

  /// From here on it is as if nobody had set it.
  public void unset(String name) {
    variables.remove(name);
    unset.add(name);
  }

  /// How many variables there are, or more.
  int count() {
    int count = 0;
    for (Scope s = this; s != null; s = s.below) {
      count += s.variables.size();
    }
    return count;
  }

  private boolean isDeclared(String name) {
    for (Scope s = this; s != null; s = s.below) {
      if (s.arguments.containsKey(name)) {
        return true;
      }
    }
    return false;
  }

  /// @throws DockerfileException there is too much; without location
  public void set(String name, String value) {
    int old = get(name).map(v -> name.length() + v.length()).orElse(0);
    variables.put(name, value);
    size += name.length() + value.length() - old;
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

  /// Sets what an argument of an ARG says: what the client wants, else its default, else what an
  /// ARG of the same name before the first FROM has. None of them: it is declared and not set.
  ///
  /// @param unmatched hears of names in the default that are not set and were not declared
  /// @return the value
  /// @throws DockerfileException a default that makes no sense; without location
  public Optional<String> declare(Argument argument, Consumer<String> unmatched) {
    String key = argument.key();
    Optional<String> value = Optional.ofNullable(buildArguments.get(key));
    if (value.isEmpty()) {
      value = argument.value().map(expander(unmatched)::word);
    }
    if (value.isEmpty() && globals != null) {
      value = globals.get(key);
    }
    if (!NOT_IN_ENVIRONMENT.contains(key)) {
      value.ifPresent(v -> set(key, v));
    }
    arguments.put(key, value);
    return value;
  }

  /// Whether [#declare] takes the value of an argument from before the first FROM.
  boolean inherits(Argument argument) {
    return argument.value().isEmpty()
        && !buildArguments.containsKey(argument.key())
        && globals != null
        && globals.get(argument.key()).isPresent();
  }

  /// Replaces the variables as they are when it is asked.
  public Expander expander() {
    return expander(_ -> {});
  }

  /// @param unmatched hears of names that are not set and were not declared; of those in a text
  ///   that is cut into words it does not
  public Expander expander(Consumer<String> unmatched) {
    return new Expander() {
      @Override
      public String word(String word) {
        return heard(words.expand(word, Scope.this::get));
      }

      @Override
      public String text(String text) {
        return heard(Words.expandText(text, Scope.this::get));
      }

      private String heard(Words.Expanded expanded) {
        expanded.unmatched().stream().filter(n -> !isDeclared(n)).forEach(unmatched);
        return expanded.value();
      }

      @Override
      public List<String> words(String text) {
        return words.split(text, Scope.this::get).words();
      }
    };
  }
}
