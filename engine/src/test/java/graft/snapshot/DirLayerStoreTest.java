package graft.snapshot;

import graft.layer.Limits;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;

@Tag("root")
class DirLayerStoreTest extends LayerStoreContract {
  @Override
  protected LayerStore open(Path directory) throws IOException {
    return DirLayerStore.open(directory, Limits.DEFAULT);
  }

  @Override
  protected LayerStore afterBoot(Path directory) throws IOException {
    return LayerStores.afterBoot(directory);
  }
}
