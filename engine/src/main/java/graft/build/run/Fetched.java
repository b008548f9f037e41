package graft.build.run;

import graft.build.Builds;
import graft.build.source.DiskFileStore;
import graft.build.source.FileStore;
import graft.build.source.FileTree;
import graft.build.source.Lookup;
import graft.build.source.TreeSource;
import graft.error.GraftException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/// Files of a source, as long as they are held.
public final class Fetched implements Builds.SourceFiles {
  private final TreeSource files;
  private final DiskFileStore.Use use;

  /// @param use is closed with this
  Fetched(FileTree tree, FileStore store, DiskFileStore.Use use) {
    this.files = new TreeSource(tree, store);
    this.use = use;
  }

  private String place(String path) {
    try {
      return Lookup.resolve(files::stat, path, true);
    } catch (IOException e) {
      throw GraftException.internal("cannot look for " + path + ": " + e.getMessage(), e);
    }
  }

  @Override
  public Optional<FileTree.Entry> stat(String path) {
    return Optional.ofNullable(files.tree().entries().get(place(path)));
  }

  @Override
  public SortedMap<String, FileTree.Entry> list(String directory) {
    String place = place(directory);
    String prefix = place.isEmpty() ? "" : place + "/";
    SortedMap<String, FileTree.Entry> all = new TreeMap<>();
    for (String name : files.list(place)) {
      FileTree.Entry entry = files.tree().entries().get(prefix + name);
      if (entry != null) {
        all.put(name, entry);
      }
    }
    return all;
  }

  @Override
  public InputStream open(String path) throws IOException {
    return files.open(place(path));
  }

  @Override
  public void close() {
    use.close();
  }
}
