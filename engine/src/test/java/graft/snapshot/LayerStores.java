package graft.snapshot;

import graft.layer.Limits;
import java.io.IOException;
import java.nio.file.Path;
import java.util.UUID;

/// For tests in other rooms.
public final class LayerStores {
  private LayerStores() {}

  /// Opened by a kernel that has started since the files were written: what was not on disk is
  /// lost.
  public static LayerStore afterBoot(Path root) throws IOException {
    return DirLayerStore.open(root, Limits.DEFAULT, UUID.randomUUID().toString());
  }
}
