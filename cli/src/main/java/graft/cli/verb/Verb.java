package graft.cli.verb;

import graft.cli.http.Engine;
import java.io.IOException;

/// One verb of the command line.
public interface Verb {
  /// The table of its line.
  Options options();

  /// Does it and returns the exit code.
  int run(Line line, Engine engine) throws IOException;
}
