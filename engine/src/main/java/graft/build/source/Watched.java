package graft.build.source;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/// Tells of all that is looked at: the directories and links through which a name leads.
public record Watched(FileSource files, Used used) implements FileSource {
  @Override
  public Optional<Node> stat(String path) throws IOException {
    Optional<Node> node = files.stat(path);
    if (node.isPresent()) {
      used.path(path);
    }
    return node;
  }

  @Override
  public List<String> list(String directory) throws IOException {
    return files.list(directory);
  }

  @Override
  public InputStream open(String path) throws IOException {
    return files.open(path);
  }

  @Override
  public void close() throws IOException {
    files.close();
  }
}
