package graft.cli.verb;

/// The line cannot be understood. The exit code is docker's: 125 for an option, 1 for the rest.
public final class UsageException extends RuntimeException {
  public static final int OPTION = 125;

  private static final long serialVersionUID = 1;
  private final String verb;
  private final int code;

  public UsageException(String message, String verb, int code) {
    super(message);
    this.verb = verb;
    this.code = code;
  }

  public String verb() {
    return verb;
  }

  public int code() {
    return code;
  }
}
