package graft.build.dockerfile;

/// A Dockerfile that makes no sense. The message says why, in BuildKit's words where it has some,
/// and with a suggestion if a name looks like a slip of the pen.
public final class DockerfileException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient Location location;

  public DockerfileException(String message, Location location) {
    super(message);
    this.location = location;
  }

  public Location location() {
    return location;
  }
}
