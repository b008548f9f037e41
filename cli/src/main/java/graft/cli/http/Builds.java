package graft.cli.http;

import java.util.Optional;

/// The builds of the command and of the engine that has answered it: after an update an engine of
/// before may still run, and does not know what the command asks for.
///
/// @param own empty if it is not known
/// @param answered whether an engine did
/// @param said by the engine: its build and its process; empty if it says nothing of that
public record Builds(String own, boolean answered, String said) {
  public String engine() {
    int blank = said.indexOf(' ');
    return blank < 0 ? said : said.substring(0, blank);
  }

  /// What is wrong and what to do, a sentence; empty if they are the same or nobody knows.
  ///
  /// @param host of the engine
  /// @param local whether it is on this machine
  public Optional<String> difference(String host, boolean local) {
    if (own.isEmpty() || !answered || engine().equals(own)) {
      return Optional.empty();
    }
    String which =
        said.isEmpty()
            ? "does not say which build of Graft it is, so it may be older than this command"
            : "is another build of Graft than this command ("
                + (engine().isEmpty() ? "unknown" : engine())
                + ", this is "
                + own
                + ")";
    int blank = said.indexOf(' ');
    String process = blank < 0 ? "" : said.substring(blank + 1);
    String what =
        !local
            ? "restart it there"
            : "'systemctl restart graft', or "
                + (process.matches("[0-9]+") ? "'kill " + process + "'" : "end it with SIGTERM")
                + " where no unit runs it: containers go on, and the next command starts the new one";
    return Optional.of("the engine at " + host + " " + which + "; if that is why: " + what);
  }
}
