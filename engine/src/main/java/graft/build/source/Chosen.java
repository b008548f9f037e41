package graft.build.source;

import graft.build.dockerfile.Ignore;
import graft.build.source.FileSource.Kind;
import graft.build.source.FileSource.Node;
import graft.error.GraftException;
import graft.oci.Digest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Which files the sources of a COPY are: wildcards looked up, links followed.
///
/// @param matches in order
public record Chosen(List<Match> matches) {
  /// @param path without links
  /// @param name as it was asked for; its last element is what a copy is called
  /// @param choice what is taken below it
  public record Match(String path, String name, Copier.Choice choice) {}

  /// @param patterns as written
  /// @param parents keep the directories of the pattern, behind `/./` if it has that
  public static Chosen of(
      FileSource files, List<String> patterns, boolean parents, List<String> exclude)
      throws IOException {
    Optional<Ignore> out = exclude.isEmpty() ? Optional.empty() : Optional.of(Ignore.of(exclude));
    List<Match> all = new ArrayList<>();
    for (String pattern : patterns) {
      if (parents) {
        all.add(withParents(files, pattern, out));
      } else {
        for (String[] found : find(files, clean(pattern))) {
          all.add(new Match(found[0], found[1], new Copier.Choice(Optional.empty(), out)));
        }
      }
    }
    return new Chosen(all);
  }

  /// One path that is no pattern.
  public static Chosen of(FileSource files, String source) throws IOException {
    String name = clean(source);
    String path = Lookup.resolve(files::stat, name, true);
    if (files.stat(path).isEmpty()) {
      throw missing(name);
    }
    return new Chosen(List.of(new Match(path, name, Copier.Choice.ALL)));
  }

  /// Without `.`, `..` and slashes at the ends; never above the root.
  public static String clean(String path) {
    List<String> clean = new ArrayList<>();
    for (String element : path.split("/")) {
      if (element.equals("..")) {
        if (!clean.isEmpty()) {
          clean.removeLast();
        }
      } else if (!element.isEmpty() && !element.equals(".")) {
        clean.add(element);
      }
    }
    return String.join("/", clean);
  }

  private static Match withParents(FileSource files, String pattern, Optional<Ignore> out)
      throws IOException {
    int pivot = pattern.indexOf("/./");
    String base = pivot < 0 ? "" : clean(pattern.substring(0, pivot));
    String inner = clean(pivot < 0 ? pattern : pattern.substring(pivot + 3));
    String path = Lookup.resolve(files::stat, base, true);
    if (!Glob.isPattern(inner)
        && !inner.isEmpty()
        && files.stat(path.isEmpty() ? inner : path + "/" + inner).isEmpty()) {
      throw missing(base.isEmpty() ? inner : base + "/" + inner);
    }
    Optional<Ignore> in =
        inner.isEmpty() ? Optional.empty() : Optional.of(Ignore.of(List.of(inner)));
    return new Match(path, base, new Copier.Choice(in, out));
  }

  public static GraftException missing(String path) {
    return GraftException.notFound("\"/" + path + "\": not found");
  }

  /// Pairs of the place and the name.
  private static List<String[]> find(FileSource files, String pattern) throws IOException {
    if (!Glob.isPattern(pattern)) {
      String name = Glob.literal(pattern);
      String path = Lookup.resolve(files::stat, name, true);
      if (files.stat(path).isEmpty()) {
        throw missing(name);
      }
      return List.<String[]>of(new String[] {path, name});
    }
    List<String> elements = Arrays.asList(pattern.split("/"));
    int plain = 0;
    while (!Glob.isPattern(elements.get(plain))) {
      plain++;
    }
    String name = Glob.literal(String.join("/", elements.subList(0, plain)));
    String base = Lookup.resolve(files::stat, name, true);
    List<String[]> found = new ArrayList<>();
    if (files.stat(base).filter(Node::isDirectory).isPresent()) {
      descend(files, base, name, elements.subList(plain, elements.size()), found);
    }
    return found;
  }

  private static void descend(
      FileSource files, String path, String name, List<String> elements, List<String[]> found)
      throws IOException {
    for (String child : files.list(path)) {
      if (!Glob.element(elements.getFirst(), child)) {
        continue;
      }
      String childPath = path.isEmpty() ? child : path + "/" + child;
      String childName = name.isEmpty() ? child : name + "/" + child;
      if (elements.size() == 1) {
        String place = Lookup.resolve(files::stat, childPath, true);
        if (files.stat(place).isEmpty()) {
          throw missing(childName);
        }
        found.add(new String[] {place, childName});
      } else if (files.stat(childPath).filter(Node::isDirectory).isPresent()) {
        descend(files, childPath, childName, elements.subList(1, elements.size()), found);
      }
    }
  }

  /// All that is chosen, a line for each, without times: what the key of a step depends on.
  public List<String> lines(FileSource files, Used used) throws IOException {
    List<String> lines = new ArrayList<>();
    for (Match match : matches) {
      Node node = files.stat(match.path()).orElseThrow(() -> missing(match.name()));
      lines.add(line(match.name(), node, files, match.path()));
      used.path(match.path());
      if (node.isDirectory()) {
        below(files, match.path(), "", match.name(), match.choice(), used, lines);
      }
    }
    return lines;
  }

  private static void below(
      FileSource files,
      String path,
      String inner,
      String shown,
      Copier.Choice choice,
      Used used,
      List<String> lines)
      throws IOException {
    for (String name : files.list(path)) {
      String child = path.isEmpty() ? name : path + "/" + name;
      String relative = inner.isEmpty() ? name : inner + "/" + name;
      Node node = files.stat(child).orElseThrow(() -> missing(child));
      boolean taken = choice.takes(relative);
      String label = shown.isEmpty() ? name : shown + "/" + name;
      if (taken) {
        lines.add(line(label, node, files, child));
        used.path(child);
      }
      if (node.isDirectory() && choice.mayTakeBelow(relative)) {
        below(files, child, relative, label, choice, used, lines);
      }
    }
  }

  private static String line(String name, Node n, FileSource files, String path)
      throws IOException {
    StringBuilder line = new StringBuilder();
    line.append(n.kind() == Kind.DIRECTORY ? name + "/" : name)
        .append(" mode ")
        .append(Integer.toOctalString(n.mode()))
        .append(" owner ")
        .append(n.uid())
        .append(':')
        .append(n.gid());
    switch (n.kind()) {
      case FILE -> line.append(' ').append(content(n, files, path));
      case SYMLINK -> line.append(" -> ").append(n.link());
      case DIRECTORY, FIFO -> line.append(' ').append(n.kind());
      case CHAR, BLOCK ->
          line.append(' ').append(n.kind()).append(n.major()).append(':').append(n.minor());
    }
    n.xattrs().entrySet().stream()
        .sorted(java.util.Map.Entry.comparingByKey())
        .forEach(x ->
            line.append(' ')
                .append(x.getKey())
                .append('=')
                .append(Digest.of(x.getValue().bytes())));
    return line.toString();
  }

  private static String content(Node n, FileSource files, String path) throws IOException {
    if (!n.content().isEmpty()) {
      return n.content();
    }
    java.security.MessageDigest sha = Digest.newSha256();
    try (var in = files.open(path)) {
      byte[] buffer = new byte[64 * 1024];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        sha.update(buffer, 0, read);
      }
    }
    return Digest.sha256(sha.digest()).toString();
  }
}
