package graft.build.dockerfile;

import java.util.Optional;

/// A Dockerfile that makes no sense. The message says why, in BuildKit's words where it has some,
/// and with a suggestion if a name looks like a slip of the pen.
public final class DockerfileException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient Optional<Location> location;

  public DockerfileException(String message, Location location) {
    this(message, Optional.of(location));
  }

  /// For what reads a word or a pattern and does not know where it stands.
  public DockerfileException(String message) {
    this(message, Optional.empty());
  }

  private DockerfileException(String message, Optional<Location> location) {
    super(message);
    this.location = location;
  }

  public Optional<Location> location() {
    return location;
  }

  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }

  /// The same with a location, if it has none.
  public DockerfileException at(Location place) {
    return location.isPresent() ? this : new DockerfileException(getMessage(), place);
  }
}
