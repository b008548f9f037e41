package graft.build.source;

import graft.build.dockerfile.Ignore;
import graft.build.source.FileSource.Kind;
import graft.build.source.FileSource.Node;
import graft.error.GraftException;
import graft.layer.TarEntry;
import graft.layer.TarEntry.Name;
import graft.layer.TarEntry.Type;
import graft.layer.TarWriter;
import graft.oci.Digest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Puts files into an image without a mount that could be written to: what COPY, ADD and WORKDIR
/// make is collected as entries of a layer, which are then written in the order of their paths.
///
/// Destinations are resolved against what the image has below (links are followed inside of it) and
/// what was put there before. What becomes of directories, owners and times is as in BuildKit:
/// directories that had to be made are 0755, one that was there keeps what it has, those copied
/// within take the source's attributes.
///
/// Source: tonistiigi/fsutil `copy`, measured on dockerd 28.5.
public final class Copier implements Lookup {
  /// @param owner instead of that of the source
  /// @param latest no file is younger than that
  public record Options(
      Optional<Owner> owner, Optional<Modes> modes, Instant now, Optional<Instant> latest) {}

  public record Owner(long uid, long gid) {}

  /// What is to be copied below a source.
  ///
  /// @param include only these, by `.dockerignore` patterns; everything if empty
  /// @param exclude not these
  public record Choice(Optional<Ignore> include, Optional<Ignore> exclude) {
    public static final Choice ALL = new Choice(Optional.empty(), Optional.empty());

    boolean takes(String path) {
      return (include.isEmpty() || include.get().excludes(path))
          && exclude.filter(i -> i.excludes(path)).isEmpty();
    }

    boolean mayTakeBelow(String directory) {
      return exclude.isEmpty()
          || !exclude.get().excludes(directory)
          || exclude.get().mayInclude(directory);
    }
  }

  private interface Content {
    InputStream open() throws IOException;
  }

  private record Item(Node node, Content content, Object origin) {}

  private static final Content NONE = InputStream::nullInputStream;

  private final @Nullable FileSource below;
  private final Options options;
  private final TreeMap<Name, Item> items = new TreeMap<>();

  /// @param below what the image has; null where it does not count
  public Copier(@Nullable FileSource below, Options options) {
    this.below = below;
    this.options = options;
  }

  public boolean isEmpty() {
    return items.isEmpty();
  }

  /// What the files have, links to the same one counted each.
  public long bytes() {
    return items.values().stream()
        .mapToLong(i -> i.node().kind() == Kind.FILE ? i.node().size() : 0)
        .sum();
  }

  @Override
  public Optional<Node> stat(String path) throws IOException {
    Item item = items.get(Name.of(path));
    if (item != null) {
      return Optional.of(item.node());
    }
    if (below == null) {
      return path.isEmpty() ? Optional.of(directory()) : Optional.empty();
    }
    return below.stat(path);
  }

  private Node directory() {
    Owner owner = options.owner().orElse(new Owner(0, 0));
    return new Node(
        Kind.DIRECTORY,
        0755,
        owner.uid(),
        owner.gid(),
        0,
        options.now(),
        "",
        Map.of(),
        0,
        0,
        "",
        "");
  }

  // ---- directories

  /// Makes a directory and those above it, where they are missing.
  ///
  /// @return its place without links
  public String makeDirectories(String path) throws IOException {
    String place = Lookup.resolve(this, path, true);
    for (int slash = place.indexOf('/'); ; slash = place.indexOf('/', slash + 1)) {
      String part = slash < 0 ? place : place.substring(0, slash);
      Optional<Node> there = part.isEmpty() ? Optional.of(directory()) : stat(part);
      if (there.isEmpty()) {
        put(part, directory(), NONE, this);
      } else if (!there.get().isDirectory()) {
        throw GraftException.invalid("cannot make the directory /" + part + ": not a directory");
      }
      if (slash < 0) {
        return place;
      }
    }
  }

  private void put(String path, Node node, Content content, Object origin) {
    String last = path.substring(path.lastIndexOf('/') + 1);
    if (last.startsWith(".wh.")) {
      throw GraftException.invalid(
          "cannot copy "
              + path
              + ": in an image, names that begin with .wh. say that a file is gone");
    }
    items.put(Name.of(path), new Item(node, content, origin));
  }

  // ---- copying

  /// Copies one file or directory.
  ///
  /// @param path where it is in `from`, without links
  /// @param name what it is called there
  /// @param destination absolute; `/` at its end means a directory
  public void copy(FileSource from, String path, String name, String destination, Choice choice)
      throws IOException {
    Node node = from.stat(path).orElseThrow(() -> missing(name));
    int slash = destination.lastIndexOf('/');
    if (!destination.endsWith("/")) {
      makeDirectories(destination.substring(0, slash + 1));
    } else {
      makeDirectories(destination);
    }
    String target = Lookup.resolve(this, destination, true);
    Optional<Node> there = stat(target);
    if (!node.isDirectory() && there.filter(Node::isDirectory).isPresent()) {
      String base = name.substring(name.lastIndexOf('/') + 1);
      target = target.isEmpty() ? base : target + "/" + base;
    }
    if (!node.isDirectory()) {
      file(from, path, node, target);
      return;
    }
    if (there.isPresent() && !there.get().isDirectory()) {
      throw GraftException.invalid("cannot copy to non-directory: /" + target);
    }
    // The root of a context has no time of its own.
    Node timed = path.isEmpty() ? node.modifiedAt(options.now()) : node;
    boolean made = there.isEmpty() || isNew(target);
    if (!target.isEmpty()) {
      put(
          target,
          made ? root(timed) : there.get().modifiedAt(timed.modified()),
          NONE,
          made ? from : this);
    }
    used.put(target, true);
    children(from, path, "", target, choice);
  }

  private static GraftException missing(String name) {
    return GraftException.notFound("\"/" + name + "\": not found");
  }

  /// Made here by [#makeDirectories] for this very copy, not by one before.
  private boolean isNew(String target) {
    Item item = items.get(Name.of(target));
    return item != null && item.origin() == this && !used.containsKey(target);
  }

  private final Map<String, Boolean> used = new HashMap<>();

  /// The directory that takes the contents of another one: its times, and not its mode.
  private Node root(Node source) {
    Node plain = directory();
    int mode = options.modes().map(m -> m.apply(source.mode(), true)).orElse(plain.mode());
    return new Node(
        Kind.DIRECTORY,
        mode,
        plain.uid(),
        plain.gid(),
        0,
        source.modified(),
        "",
        source.xattrs(),
        0,
        0,
        "",
        "");
  }

  private void children(FileSource from, String path, String inner, String target, Choice choice)
      throws IOException {
    for (String name : from.list(path)) {
      String source = path.isEmpty() ? name : path + "/" + name;
      String relative = inner.isEmpty() ? name : inner + "/" + name;
      String to = target.isEmpty() ? name : target + "/" + name;
      Node node = from.stat(source).orElseThrow(() -> missing(source));
      boolean taken = choice.takes(relative);
      if (!node.isDirectory()) {
        if (taken) {
          parents(from, path, inner, target);
          file(from, source, node, to);
        }
        continue;
      }
      if (taken) {
        parents(from, path, inner, target);
        directory(from, node, to);
      }
      if (choice.mayTakeBelow(relative)) {
        children(from, source, relative, to, choice);
      }
    }
  }

  /// Directories that were not chosen themselves and have something chosen in them.
  private void parents(FileSource from, String path, String inner, String target)
      throws IOException {
    if (inner.isEmpty() || stat(target).isPresent()) {
      return;
    }
    int slash = inner.lastIndexOf('/');
    parents(
        from,
        path.substring(0, Math.max(0, path.lastIndexOf('/'))),
        slash < 0 ? "" : inner.substring(0, slash),
        target.substring(0, Math.max(0, target.lastIndexOf('/'))));
    directory(from, from.stat(path).orElseThrow(() -> missing(path)), target);
  }

  private void directory(FileSource from, Node node, String target) throws IOException {
    Optional<Node> there = stat(target);
    if (there.isPresent() && !there.get().isDirectory()) {
      throw GraftException.invalid("cannot copy to non-directory: /" + target);
    }
    put(target, mine(node), NONE, from);
  }

  private void file(FileSource from, String path, Node node, String target) throws IOException {
    used.put(target.substring(0, Math.max(0, target.lastIndexOf('/'))), true);
    if (stat(target).filter(Node::isDirectory).isPresent()) {
      throw GraftException.invalid("cannot replace to directory /" + target + " with file");
    }
    put(target, mine(node), node.kind() == Kind.FILE ? () -> from.open(path) : NONE, from);
  }

  /// With the owner and the mode that the instruction wants.
  private Node mine(Node n) {
    int mode =
        n.kind() == Kind.SYMLINK
            ? 0777
            : options.modes().map(m -> m.apply(n.mode(), n.isDirectory())).orElse(n.mode());
    return owned(n, mode);
  }

  private Node owned(Node n) {
    return owned(n, n.kind() == Kind.SYMLINK ? 0777 : n.mode());
  }

  private Node owned(Node n, int mode) {
    Owner owner = options.owner().orElse(new Owner(n.uid(), n.gid()));
    return new Node(
        n.kind(),
        mode,
        owner.uid(),
        owner.gid(),
        n.size(),
        n.modified(),
        n.link(),
        n.xattrs(),
        n.major(),
        n.minor(),
        n.identity(),
        n.content());
  }

  /// A file whose bytes stand in the Dockerfile or came from a URL.
  public void write(String name, byte[] bytes, int mode, Instant modified, String destination)
      throws IOException {
    write(name, bytes.length, () -> new ByteArrayInputStream(bytes), mode, modified, destination);
  }

  /// Opens what is written.
  public interface Opener {
    InputStream open() throws IOException;
  }

  public void write(
      String name, long size, Opener bytes, int mode, Instant modified, String destination)
      throws IOException {
    Node node = new Node(Kind.FILE, mode, 0, 0, size, modified, "", Map.of(), 0, 0, "", "");
    copy(new Single(node, bytes), name, name, destination, Choice.ALL);
  }

  /// A source of one file, whatever it is called.
  private record Single(Node node, Opener bytes) implements FileSource {
    @Override
    public Optional<Node> stat(String path) {
      return Optional.of(node);
    }

    @Override
    public List<String> list(String directory) {
      return List.of();
    }

    @Override
    public InputStream open(String path) throws IOException {
      return bytes.open();
    }

    @Override
    public void close() {}
  }

  /// An entry of an archive that is unpacked into a directory; links on the way are followed.
  ///
  /// @param to of a hard link: the file it stands for, else null
  void unpack(
      FileSource from, String path, Node node, String directory, String entry, @Nullable String to)
      throws IOException {
    int slash = entry.lastIndexOf('/');
    String parent = makeDirectories(directory + "/" + entry.substring(0, slash + 1));
    String name = entry.substring(slash + 1);
    String target = parent.isEmpty() ? name : parent + "/" + name;
    Node mine = owned(node); // an archive keeps its modes, as with BuildKit
    boolean directoryThere = stat(target).filter(Node::isDirectory).isPresent();
    if (node.isDirectory()) {
      Optional<Node> there = stat(target);
      if (there.filter(t -> t.kind() == Kind.SYMLINK).isPresent()) {
        return; // A directory behind a link stays behind it.
      }
      put(target, mine, NONE, from);
    } else if (directoryThere) {
      throw GraftException.invalid("cannot replace to directory /" + target + " with file");
    } else {
      String source = to == null ? path : to;
      put(target, mine, node.kind() == Kind.FILE ? () -> from.open(source) : NONE, from);
    }
  }

  // ---- writing

  /// The layer. Directories above what was copied stand in it as they are below, so that it can be
  /// unpacked by those who do not look there.
  public void writeTo(OutputStream out) throws IOException {
    addAncestors();
    Map<String, Name> first = new HashMap<>();
    try (TarWriter tar = new TarWriter(out)) {
      for (Map.Entry<Name, Item> entry : items.entrySet()) {
        Item item = entry.getValue();
        Name earlier = earlier(entry.getKey(), item, first);
        if (earlier != null) {
          tar.write(entry(entry.getKey(), item.node(), Type.HARDLINK, earlier));
          continue;
        }
        Type type = Type.valueOf(item.node().kind().name());
        try (InputStream content = item.content().open()) {
          tar.write(entry(entry.getKey(), item.node(), type, Name.of(item.node().link())), content);
        }
      }
    }
  }

  /// The other name of the same file that has been there already.
  private static @Nullable Name earlier(Name path, Item item, Map<String, Name> first) {
    String identity = item.node().identity();
    return identity.isEmpty()
        ? null
        : first.putIfAbsent(System.identityHashCode(item.origin()) + " " + identity, path);
  }

  /// Names the layer without reading a file: what has the same name, has the same files. Whatever
  /// has no time but that of the build may have that of another. Empty if a file's content is not
  /// known.
  public Optional<Digest> identity() throws IOException {
    addAncestors();
    MessageDigest sha = Digest.newSha256();
    Map<String, Name> first = new HashMap<>();
    for (Map.Entry<Name, Item> entry : items.entrySet()) {
      Node node = entry.getValue().node();
      if (node.kind() == Kind.FILE && node.content().isEmpty()) {
        return Optional.empty();
      }
      Name earlier = earlier(entry.getKey(), entry.getValue(), first);
      TarEntry head =
          earlier == null
              ? entry(entry.getKey(), node, Type.valueOf(node.kind().name()), Name.of(node.link()))
              : entry(entry.getKey(), node, Type.HARDLINK, earlier);
      boolean now = options.latest().isEmpty() && node.modified().equals(options.now());
      name(head, now ? "now" : head.mtime().toString(), sha);
      Framing.update(sha, earlier == null ? node.content() : "");
    }
    return Optional.of(Digest.sha256(sha.digest()));
  }

  private static void name(TarEntry head, String time, MessageDigest sha) {
    Framing.update(sha, head.path().bytes());
    Framing.update(sha, head.linkTarget().bytes());
    Framing.update(
        sha,
        String.join(
            " ",
            head.type().name(),
            Integer.toString(head.mode()),
            Long.toString(head.uid()),
            Long.toString(head.gid()),
            Long.toString(head.size()),
            time,
            Integer.toString(head.deviceMajor()),
            Integer.toString(head.deviceMinor()),
            Integer.toString(head.xattrs().size())));
    new TreeMap<>(head.xattrs())
        .forEach((name, value) -> {
          Framing.update(sha, name);
          Framing.update(sha, value.bytes());
        });
  }

  private void addAncestors() throws IOException {
    for (Name path : List.copyOf(items.keySet())) {
      for (Name above = path.parent(); !above.isEmpty(); above = above.parent()) {
        if (!items.containsKey(above)) {
          items.put(above, new Item(stat(above.toString()).orElseGet(this::directory), NONE, this));
        }
      }
    }
  }

  private TarEntry entry(Name path, Node n, Type type, Name link) {
    Instant time = n.modified();
    return new TarEntry(
        path,
        type,
        n.mode(),
        n.uid(),
        n.gid(),
        type == Type.FILE ? n.size() : 0,
        options.latest().filter(l -> l.isBefore(time)).orElse(time),
        type == Type.SYMLINK || type == Type.HARDLINK ? link : Name.EMPTY,
        n.major(),
        n.minor(),
        type == Type.HARDLINK ? Map.of() : n.xattrs());
  }
}
