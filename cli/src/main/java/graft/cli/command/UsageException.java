package graft.cli.command;

/// The line cannot be understood; the exit code is 125 for run and create, else 1.
public final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final String verb;

  public UsageException(String message, String verb) {
    super(message);
    this.verb = verb;
  }

  public String verb() {
    return verb;
  }
}
