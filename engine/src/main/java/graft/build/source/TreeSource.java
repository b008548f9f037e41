package graft.build.source;

import graft.build.source.FileTree.Attributes;
import graft.error.GraftException;
import graft.layer.TarEntry.Name;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The files of a context.
public record TreeSource(FileTree tree, FileStore store) implements FileSource {
  @Override
  public Optional<Node> stat(String path) {
    if (path.isEmpty()) {
      return Optional.of(
          new Node(
              Kind.DIRECTORY, 0755, 0, 0, 0, java.time.Instant.EPOCH, "", Map.of(), 0, 0, "", ""));
    }
    FileTree.Entry entry = tree.entries().get(path);
    return switch (entry) {
      case null -> Optional.empty();
      case FileTree.Directory d -> Optional.of(node(Kind.DIRECTORY, d.attributes(), 0, "", ""));
      case FileTree.File f ->
          Optional.of(node(Kind.FILE, f.attributes(), f.size(), "", f.content().toString()));
      case FileTree.Symlink s -> Optional.of(node(Kind.SYMLINK, s.attributes(), 0, s.target(), ""));
    };
  }

  private static Node node(Kind kind, Attributes a, long size, String link, String content) {
    Map<String, Name> xattrs = new HashMap<>();
    a.xattrs().forEach((key, value) -> xattrs.put(key, Name.of(value)));
    return new Node(
        kind, a.mode(), a.uid(), a.gid(), size, a.modified(), link, xattrs, 0, 0, "", content);
  }

  @Override
  public List<String> list(String directory) {
    String prefix = directory.isEmpty() ? "" : directory + "/";
    List<String> names = new ArrayList<>();
    // '0' is the character behind '/': what is below a name is passed over at once.
    String from = prefix;
    while (true) {
      @Nullable String next =
          from.isEmpty()
              ? (tree.entries().isEmpty() ? null : tree.entries().firstKey())
              : first(from);
      if (next == null || !next.startsWith(prefix)) {
        names.sort(null);
        return names;
      }
      int slash = next.indexOf('/', prefix.length());
      String name = next.substring(prefix.length(), slash < 0 ? next.length() : slash);
      if (slash < 0) {
        names.add(name);
        from = next + "\0";
      } else {
        from = prefix + name + "0";
      }
    }
  }

  private @Nullable String first(String from) {
    Map<String, FileTree.Entry> tail = tree.entries().tailMap(from);
    return tail.isEmpty() ? null : tail.keySet().iterator().next();
  }

  @Override
  public InputStream open(String path) throws IOException {
    if (!(tree.entries().get(path) instanceof FileTree.File file)) {
      throw GraftException.notFound("there is no file " + path + " in the context");
    }
    Optional<Path> content = store.find(file.content());
    if (content.isEmpty()) {
      throw GraftException.internal(
          "the content of " + path + " is not kept any more; build again", null);
    }
    return Files.newInputStream(content.get());
  }

  @Override
  public void close() {}
}
