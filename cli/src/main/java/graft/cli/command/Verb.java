package graft.cli.command;

import graft.cli.http.Engine;
import java.io.IOException;

/// One verb of the command line.
public interface Verb {
  /// Its options; `name` is how it was typed.
  Options options(String name);

  /// Does it and returns the exit code.
  int run(Line line, Engine engine) throws IOException;
}
