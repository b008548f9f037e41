package graft.rebase;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// In which directories a loader looks for libraries, in their order.
///
/// Source: ld.so(8), ldconfig(8); Debian's glibc has the directories of its architecture built in.
final class SearchPath {
  private static final Pattern MULTIARCH = Pattern.compile("[a-z0-9_]+-linux-(gnu|musl)[a-z0-9]*");
  private static final int MOST_FILES = 256;

  private SearchPath() {}

  /// @param environment of the image: `LD_LIBRARY_PATH=...`
  static List<String> of(View view, Texts texts, List<String> environment) {
    Set<String> all = new LinkedHashSet<>();
    for (String variable : environment) {
      if (variable.startsWith("LD_LIBRARY_PATH=")) {
        add(all, variable.substring(variable.indexOf('=') + 1).split("[:;]"));
      }
    }
    all.addAll(configured(view, texts));
    all.addAll(builtIn(view));
    return List.copyOf(all);
  }

  /// Those which only `ld.so.cache` tells the loader of.
  static Set<String> configured(View view, Texts texts) {
    Set<String> all = new LinkedHashSet<>();
    List<String> files = new ArrayList<>();
    files.add("etc/ld.so.conf");
    // Whoever includes anything includes this.
    files.addAll(
        children(view, "etc/ld.so.conf.d").stream()
            .filter(p -> p.endsWith(".conf"))
            .limit(MOST_FILES)
            .toList());
    for (String file : files) {
      for (String line :
          texts.of(view, file).map(String::lines).stream().flatMap(l -> l).toList()) {
        String plain = line.replaceFirst("#.*", "").strip();
        if (plain.startsWith("/")) {
          add(all, plain.split("[:,\\s=]+"));
        }
      }
    }
    return all;
  }

  static Set<String> builtIn(View view) {
    Set<String> all = new LinkedHashSet<>();
    for (String lib : List.of("lib", "usr/lib")) {
      for (String child : children(view, lib)) {
        if (MULTIARCH.matcher(child.substring(child.lastIndexOf('/') + 1)).matches()) {
          all.add(child);
        }
      }
    }
    all.addAll(List.of("lib64", "usr/lib64", "lib", "usr/lib"));
    if (children(view, "lib").stream().anyMatch(p -> p.startsWith("lib/ld-musl-"))) {
      all.add("usr/local/lib");
    }
    return all;
  }

  private static void add(Set<String> all, String[] directories) {
    for (String d : directories) {
      if (d.startsWith("/") && d.length() > 1) {
        all.add(d.substring(1).replaceFirst("/+$", ""));
      }
    }
  }

  /// Of both, sorted; a link to a directory is followed.
  static List<String> children(View view, String directory) {
    Optional<String> real = view.resolve(directory);
    if (real.isEmpty()) {
      return List.of();
    }
    Set<String> all = new TreeSet<>(view.base().children(real.get()));
    all.addAll(view.own().children(real.get()));
    return all.stream().filter(p -> view.find(p).isPresent()).toList();
  }
}
