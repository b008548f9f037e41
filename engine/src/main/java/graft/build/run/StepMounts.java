package graft.build.run;

import graft.linux.IdMap;
import graft.runtime.Spec;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// The mounts of one RUN, while it runs.
interface StepMounts extends Closeable {
  StepMounts NONE =
      new StepMounts() {
        @Override
        public List<Spec.Mount> prepare(Path directory, IdMap ids) {
          return List.of();
        }

        @Override
        public List<String> environment() {
          return List.of();
        }

        @Override
        public void close() {}
      };

  /// Makes them ready.
  ///
  /// @param directory for what has to lie somewhere
  /// @param ids what owners are on this host
  List<Spec.Mount> prepare(Path directory, IdMap ids) throws IOException, InterruptedException;

  /// `KEY=value` that they bring.
  List<String> environment();

  @Override
  void close() throws IOException;
}
