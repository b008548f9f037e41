package graft.error;

import java.io.Serial;
import org.jspecify.annotations.Nullable;

/// What went wrong, for whoever asked. The message says what was tried, on what, why it failed and,
/// if known, what to do; it is shown to users as it stands. I/O failures below the rooms stay
/// `IOException`.
public final class GraftException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  /// What the caller can make of it. The API maps each to one HTTP status.
  public enum Kind {
    /// The thing named is not here.
    NOT_FOUND,
    /// The request makes no sense as it stands, whatever the state.
    INVALID,
    /// The request makes sense, but not in the state things are in.
    CONFLICT,
    /// Nobody may do this.
    FORBIDDEN,
    /// Credentials are missing or wrong.
    UNAUTHORIZED,
    /// Not now; the same request may work later.
    UNAVAILABLE,
    /// Nothing to do: the state asked for is the state there is.
    NOT_MODIFIED,
    /// Graft does not do this.
    NOT_IMPLEMENTED,
    /// Bytes are not what their digest, size or format promised, or exceed a limit.
    CORRUPT,
    /// The caller went away or asked to stop.
    CANCELLED,
    /// Anything else that failed beneath us.
    INTERNAL
  }

  private final Kind kind;

  public GraftException(Kind kind, String message) {
    this(kind, message, null);
  }

  public GraftException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }

  /// The message, never null.
  public String text() {
    String message = getMessage();
    return message == null ? kind.name() : message;
  }

  public static GraftException notFound(String message) {
    return new GraftException(Kind.NOT_FOUND, message);
  }

  public static GraftException invalid(String message) {
    return new GraftException(Kind.INVALID, message);
  }

  public static GraftException conflict(String message) {
    return new GraftException(Kind.CONFLICT, message);
  }

  public static GraftException corrupt(String message) {
    return new GraftException(Kind.CORRUPT, message);
  }

  public static GraftException internal(String message, @Nullable Throwable cause) {
    return new GraftException(Kind.INTERNAL, message, cause);
  }
}
