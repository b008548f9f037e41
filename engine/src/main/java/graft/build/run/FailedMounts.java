package graft.build.run;

import graft.build.cache.NewLayer;
import graft.build.dockerfile.RunMount;
import graft.build.source.Chosen;
import graft.build.source.Copier;
import graft.build.source.FileSource;
import graft.build.source.FileSource.Kind;
import graft.build.source.FileSource.Node;
import graft.oci.Digest;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What a failed step had mounted, as files of the image that is kept of it: the files of binds, as
/// they were given, and a directory where a tmpfs was. Not caches, which may be large, and which
/// later builds would have to share with whoever looks around; nor secrets and agents.
final class FailedMounts {
  /// More than this is not copied in order to be looked at.
  private static final long MOST_BYTES = 256L << 20;

  private static final int MOST_FILES = 50_000;

  private final BuildRun build;
  private long bytes;
  private int files;

  FailedMounts(BuildRun build) {
    this.build = build;
  }

  /// @param below the image without them, bottom first
  /// @return a layer on top of that; empty if there is nothing to put there
  Optional<NewLayer> layer(List<MountSet.One> mounts, List<Digest> below)
      throws IOException, InterruptedException {
    List<FileSource> opened = new ArrayList<>();
    try (FileSource view = Inputs.view(build.rooms, below)) {
      Copier copier =
          new Copier(
              view,
              new Copier.Options(
                  Optional.empty(), Optional.empty(), Instant.EPOCH, Optional.empty()));
      for (MountSet.One one : mounts) {
        switch (one.mount()) {
          case RunMount.Bind bind when one.inputs() != null -> {
            FileSource source = one.inputs().open();
            opened.add(source);
            bind(source, bind, one.target(), copier);
          }
          case RunMount.Tmpfs _ -> copier.makeDirectories(one.target());
          case RunMount.Bind _, RunMount.Cache _, RunMount.Secret _, RunMount.Ssh _ -> {
            // See above.
          }
        }
      }
      return copier.isEmpty()
          ? Optional.empty()
          : Optional.of(NewLayer.store(build.rooms.layers(), build.lease, below, copier::writeTo));
    } finally {
      for (FileSource one : opened) {
        one.close();
      }
    }
  }

  private void bind(FileSource source, RunMount.Bind bind, String target, Copier copier)
      throws IOException {
    Chosen.Match match = Chosen.of(source, bind.source()).matches().getFirst();
    Optional<Node> node = source.stat(match.path());
    if (node.isPresent() && fits(source, match.path(), node.get())) {
      copier.copy(source, match.path(), match.name(), target, match.choice());
    }
  }

  private boolean fits(FileSource source, String path, Node node) throws IOException {
    bytes += node.kind() == Kind.FILE ? node.size() : 0;
    files++;
    if (bytes > MOST_BYTES || files > MOST_FILES) {
      return false;
    }
    if (node.isDirectory()) {
      for (String name : source.list(path)) {
        String child = path.isEmpty() ? name : path + "/" + name;
        Optional<Node> there = source.stat(child);
        if (there.isPresent() && !fits(source, child, there.get())) {
          return false;
        }
      }
    }
    return true;
  }
}
