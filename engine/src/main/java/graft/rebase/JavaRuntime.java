package graft.rebase;

import graft.facts.Entry;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// C6 of Java: what was compiled for the JVM that the base brings. Classes of a release are not
/// read by a JVM of an earlier one; by a later one they are, but nobody promises that they work.
final class JavaRuntime {
  private static final List<String> COMPILED = List.of(".jar", ".war", ".ear", ".class");

  /// Of Java 8 it is `1.8.0_402`, of later ones `17.0.9`.
  private static final Pattern VERSION =
      Pattern.compile("^JAVA_VERSION=\"(?:1\\.)?(\\d{1,4})", Pattern.MULTILINE);

  private JavaRuntime() {}

  /// @param used the JVM is added to it, if classes of the image's own run in it
  static Optional<Reason> reason(Case c, Set<String> used) {
    Optional<String> before = Interpreters.onPath(c.before(), c.config(), "java");
    if (before.isEmpty() || c.before().isOwn(before.get())) {
      return Optional.empty();
    }
    Optional<String> compiled =
        c.own().entries().entrySet().stream()
            .filter(e -> e.getValue().entry() instanceof Entry.File)
            .map(e -> e.getKey())
            .filter(p -> COMPILED.stream().anyMatch(p::endsWith))
            .findFirst();
    if (compiled.isEmpty()) {
      return Optional.empty();
    }
    Optional<String> now = Interpreters.onPath(c.after(), c.config(), "java");
    now.filter(p -> !c.after().isOwn(p)).ifPresent(used::add);
    Optional<Integer> was = release(c, c.before(), before.get());
    Optional<Integer> is = now.flatMap(p -> release(c, c.after(), p));
    boolean earlier = was.isPresent() && is.isPresent() && is.get() < was.get();
    if (now.isPresent() && !earlier) {
      return Optional.empty();
    }
    return Optional.of(
        new Reason.Runtime(
            c.own().layerOf(compiled.get()),
            compiled.get(),
            was.map(v -> "Java " + v + " or later").orElse("Java")));
  }

  /// Every JVM since 7 says what it is in a file beside its `bin`; the JRE of 8 is one directory
  /// deeper.
  private static Optional<Integer> release(Case c, View view, String java) {
    String home = parent(parent(java));
    for (String at : List.of(home, parent(home))) {
      Matcher version = VERSION.matcher(c.move().texts().of(view, at + "/release").orElse(""));
      if (version.find()) {
        return Optional.of(Integer.parseInt(version.group(1)));
      }
    }
    return Optional.empty();
  }

  private static String parent(String path) {
    return path.substring(0, Math.max(0, path.lastIndexOf('/')));
  }
}
