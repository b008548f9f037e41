package graft.rebase;

import graft.elf.Library;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/// Loaders take builds of a library for better processors, where there are any, from directories of
/// their own: `lib/glibc-hwcaps/x86-64-v3/`. So one image is another one on another machine, and
/// has to be right on each.
///
/// Source: ld.so(8) "Hardware capabilities".
final class Processors {
  private static final String DIRECTORY = "/glibc-hwcaps/";

  private Processors() {}

  /// The names of the directories of libraries that are for better processors: `x86-64-v3`.
  static Set<String> levels(Collection<Library> libraries) {
    Set<String> all = new TreeSet<>();
    for (Library library : libraries) {
      String path = "/" + library.path();
      int at = path.indexOf(DIRECTORY);
      int end = path.indexOf('/', at + DIRECTORY.length());
      if (at >= 0 && end > 0) {
        all.add(path.substring(at + DIRECTORY.length(), end));
      }
    }
    return all;
  }

  /// For each kind of processor the directories below those of the search path, best first: the
  /// last, empty, is the directory itself.
  static List<List<String>> of(Set<String> levels) {
    List<String> sorted = new ArrayList<>(levels);
    sorted.sort(Comparator.comparingInt(Processors::number).reversed());
    List<List<String>> all = new ArrayList<>();
    for (int best = sorted.size(); best >= 0; best--) {
      List<String> directories = new ArrayList<>();
      sorted.subList(best, sorted.size()).forEach(l -> directories.add(DIRECTORY + l + "/"));
      directories.add("/");
      all.add(directories);
    }
    return all;
  }

  /// `x86-64-v3`, `power10`, `z15`: the last number counts.
  private static int number(String level) {
    String digits = level.replaceFirst("^.*?(\\d{1,6})$", "$1");
    return digits.equals(level) && !level.matches("\\d{1,6}") ? 0 : Integer.parseInt(digits);
  }
}
