package graft.docker.buildkit.session;

import graft.build.source.FileTree;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// What clients sent last from their directories, so that they need not send unchanged files again.
/// The least used are forgotten when there are too many.
final class Recent {
  private static final int MOST_ENTRIES = 300_000;

  private final Map<String, FileTree> trees = new LinkedHashMap<>(16, 0.75f, true);
  private int entries;

  synchronized Optional<FileTree> find(String key) {
    return Optional.ofNullable(trees.get(key));
  }

  synchronized void put(String key, FileTree tree) {
    FileTree before = trees.put(key, tree);
    entries += tree.entries().size() - (before == null ? 0 : before.entries().size());
    var eldest = trees.entrySet().iterator();
    while (entries > MOST_ENTRIES && eldest.hasNext()) {
      entries -= eldest.next().getValue().entries().size();
      eldest.remove();
    }
  }
}
