package graft.snapshot;

import graft.layer.Limits;
import graft.layer.TarEntry;
import graft.layer.TarEntry.Name;
import graft.layer.TarReader;
import graft.layer.TarWriter;
import graft.linux.Fd;
import graft.linux.IdMap;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Copies a tree with everything a tar can hold: one side packs, the other unpacks.
final class TreeCopy {
  private TreeCopy() {}

  static void copy(Fd from, Fd to) throws IOException {
    try (PipedInputStream in = new PipedInputStream(256 * 1024);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      PipedOutputStream out = new PipedOutputStream(in);
      Future<?> packing =
          threads.submit(() -> {
            try (out;
                TarWriter tar = new TarWriter(out)) {
              new TreeReader(tar, TreeReader.Form.PLAIN).writeBelow(from, Name.EMPTY);
            }
            return null;
          });
      try (TreeWriter writer = TreeWriter.into(to, TreeWriter.Kinds.ANY, IdMap.IDENTITY)) {
        TarReader reader = new TarReader(in, Limits.DEFAULT, TarReader.Recorder.NONE);
        Optional<TarEntry> entry = reader.next();
        while (entry.isPresent()) {
          writer.write(entry.get(), reader);
          entry = reader.next();
        }
        writer.finish();
      }
      packing.get();
    } catch (ExecutionException e) {
      throw new IOException("cannot read the tree to copy", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while copying", e);
    }
  }
}
