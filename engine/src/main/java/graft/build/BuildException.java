package graft.build;

import graft.build.dockerfile.Location;
import java.util.Optional;
import java.util.OptionalInt;

/// A build that failed for a reason its author has to know: a Dockerfile that makes no sense, a
/// step that ended with an error. Other failures are the engine's usual ones.
///
/// The message is BuildKit's where it has one: `process "/bin/sh -c false" did not complete
/// successfully: exit code: 1`.
public final class BuildException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient Optional<Location> location;
  private final transient OptionalInt exitCode;

  public BuildException(String message, Optional<Location> location, OptionalInt exitCode) {
    super(message);
    this.location = location;
    this.exitCode = exitCode;
  }

  public Optional<Location> location() {
    return location;
  }

  /// Of the step that failed; empty if no step ran.
  public OptionalInt exitCode() {
    return exitCode;
  }
}
