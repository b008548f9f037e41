package graft.rebase;

import graft.elf.ElfFacts;
import graft.facts.Entry;
import graft.oci.ImageConfig;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// C6: scripts still have their interpreters, and what was installed for one version of a language
/// still has that version.
final class Interpreters {
  private static final String DEFAULT_PATH =
      "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

  /// A directory or a file for one version, and where the base has what is of that version.
  ///
  /// @param hint what is in the directory of each such path, with a slash at its end: for speed
  private record Runtime(String hint, Pattern path, String name, String program) {}

  private static final List<Runtime> RUNTIMES =
      List.of(
          new Runtime(
              "-packages/",
              Pattern.compile("(?:.*/)?(python\\d+\\.\\d+)/(?:site|dist)-packages/.*"),
              "%s",
              "(?:usr/local/|usr/|opt/[^/]+/)?bin/%s"),
          new Runtime(
              "/5.",
              Pattern.compile("(?:.*/)?perl5?/(5\\.\\d+)(?:\\.\\d+)?/.*"),
              "perl %s",
              "(?:.*/)?(?:perl(?:5|-base)?/%s(?:\\.\\d+)?/.*|bin/perl%s.*)"),
          new Runtime(
              ".0/",
              Pattern.compile("(?:.*/)?(?:ruby|gems)/(\\d+\\.\\d+\\.0)/.*"),
              "ruby %s",
              "(?:usr/local/|usr/)?lib/(?:.*/)?ruby/%s/.*"),
          new Runtime(
              "lib/php/",
              Pattern.compile(
                  "(?:usr/lib/php/|usr/local/lib/php/extensions/no-debug-[a-z-]+-)(\\d{8})/.*\\.so"),
              "PHP's extension API %s",
              "(?:usr/lib/php/|usr/local/lib/php/extensions/no-debug-[a-z-]+-)%s/.*"));

  /// Of several versions there may be one beside the other.
  private static final Runtime EXTENSION =
      new Runtime(
          ".cpython-",
          Pattern.compile("(?:.*/)?[^/]+\\.cpython-(\\d)(\\d+)[a-z]*(?:-[^/]*)?\\.so"),
          "python%s.%s",
          "(?:usr/local/|usr/|opt/[^/]+/)?bin/%s");

  private static final Pattern ADDON = Pattern.compile("(?:.*/)?node_modules/.*\\.node");
  private static final List<String> NODE = List.of("usr/local/bin/node", "usr/bin/node");
  private static final String NODE_HEADER = "usr/local/include/node/node_version.h";

  private final Case c;
  private final Set<String> used = new TreeSet<>();

  Interpreters(Case c) {
    this.c = c;
  }

  /// Fills [#used], too.
  List<Reason> reasons() {
    List<Reason> all = new ArrayList<>();
    c.own().shebangs().forEach((path, line) -> script(path, line, all));
    runtimes(all);
    addons(all);
    JavaRuntime.reason(c, used).ifPresent(all::add);
    return all;
  }

  /// Interpreters of the new base that the image's scripts run with.
  Set<String> used() {
    return used;
  }

  private void script(String path, String line, List<Reason> all) {
    String[] words = line.strip().split("\\s+");
    if (words.length == 0 || !words[0].startsWith("/")) {
      return;
    }
    check(path, words[0], all);
    if (words[0].endsWith("/env")) {
      for (int i = 1; i < words.length; i++) {
        if (!words[i].startsWith("-") && words[i].indexOf('=') < 0) {
          onPath(path, words[i], all);
          return;
        }
      }
    }
  }

  private void check(String path, String interpreter, List<Reason> all) {
    Optional<String> now = c.after().resolve(interpreter);
    if (c.before().resolve(interpreter).isPresent() && now.isEmpty()) {
      all.add(new Reason.Interpreter(c.own().layerOf(path), path, interpreter));
    }
    now.filter(p -> !c.after().isOwn(p)).ifPresent(used::add);
  }

  private void onPath(String path, String program, List<Reason> all) {
    Optional<String> now = onPath(c.after(), c.config(), program);
    if (now.isEmpty() && onPath(c.before(), c.config(), program).isPresent()) {
      all.add(new Reason.Interpreter(c.own().layerOf(path), path, program));
    }
    now.filter(p -> !c.after().isOwn(p)).ifPresent(used::add);
  }

  /// Where a program is found by its name.
  static Optional<String> onPath(View view, ImageConfig config, String program) {
    String searched =
        config.config().env().stream()
            .filter(v -> v.startsWith("PATH="))
            .map(v -> v.substring(5))
            .findFirst()
            .orElse(DEFAULT_PATH);
    for (String directory : searched.split(":")) {
      Optional<String> found = view.resolve(directory + "/" + program);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private void runtimes(List<Reason> all) {
    Map<String, String> first = new LinkedHashMap<>();
    Map<String, Pattern> programs = new LinkedHashMap<>();
    String directory = "/";
    List<Runtime> possible = new ArrayList<>();
    for (Map.Entry<String, Own.Placed> e : c.own().entries().entrySet()) {
      if (!(e.getValue().entry() instanceof Entry.File)) {
        continue;
      }
      String path = e.getKey();
      int name = path.lastIndexOf('/') + 1;
      if (name != directory.length() || !path.startsWith(directory)) {
        directory = path.substring(0, name);
        possible.clear();
        for (Runtime r : RUNTIMES) {
          if (directory.contains(r.hint())) {
            possible.add(r);
          }
        }
      }
      // The version is in the directory's name: what is beside it is of the same.
      for (Iterator<Runtime> left = possible.iterator(); left.hasNext(); ) {
        if (isOf(left.next(), path, first, programs)) {
          left.remove();
        }
      }
      if (path.indexOf(EXTENSION.hint(), name) >= 0) {
        isOf(EXTENSION, path, first, programs);
      }
    }
    programs.forEach((name, program) -> {
      if (!c.move().now().has(program) && c.move().old().has(program) && !ownHas(program)) {
        String path = first.getOrDefault(name, "");
        all.add(new Reason.Runtime(c.own().layerOf(path), path, name));
      }
    });
  }

  private static boolean isOf(
      Runtime r, String path, Map<String, String> first, Map<String, Pattern> programs) {
    Matcher m = r.path().matcher(path);
    if (!m.matches()) {
      return false;
    }
    String version = m.groupCount() == 2 ? m.group(1) + "." + m.group(2) : m.group(1);
    Object[] parts =
        m.groupCount() == 2 ? new Object[] {m.group(1), m.group(2)} : new Object[] {version};
    String name = r.name().formatted(parts);
    String id = m.groupCount() == 2 ? name : version;
    if (first.putIfAbsent(name, path) == null) {
      programs.put(name, Pattern.compile(r.program().replace("%s", Pattern.quote(id))));
    }
    return true;
  }

  /// The image may have brought a runtime along: but modules of the version are no runtime.
  private boolean ownHas(Pattern program) {
    return c.own().entries().entrySet().stream()
        .anyMatch(e ->
            !(e.getValue().entry() instanceof Entry.Whiteout)
                && e.getKey().contains("bin/")
                && program.matcher(e.getKey()).matches());
  }

  /// Compiled for one version of Node's ABI, unless they use Node-API, which stays.
  private void addons(List<Reason> all) {
    for (Map.Entry<String, ElfFacts> e : c.own().elves().entrySet()) {
      if (ADDON.matcher(e.getKey()).matches()
          && e.getValue() instanceof ElfFacts.Known known
          && known.exports().stream().noneMatch(x -> x.name().startsWith("napi_register_module"))
          && known.imports().stream().noneMatch(x -> x.name().startsWith("napi_"))) {
        for (String node : NODE) {
          if (c.move().change(node).isPresent() && !c.after().isOwn(node) && !sameNodeAbi()) {
            all.add(
                new Reason.Runtime(
                    c.own().layerOf(e.getKey()), e.getKey(), "the ABI of the old base's Node"));
            return;
          }
        }
      }
    }
  }

  private boolean sameNodeAbi() {
    Optional<String> before = nodeAbi(c.before());
    return before.isPresent() && before.equals(nodeAbi(c.after()));
  }

  private Optional<String> nodeAbi(View view) {
    return c.move()
        .texts()
        .of(view, NODE_HEADER)
        .flatMap(t -> t.lines().filter(l -> l.contains("define NODE_MODULE_VERSION")).findFirst());
  }
}
