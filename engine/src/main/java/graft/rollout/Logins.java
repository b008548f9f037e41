package graft.rollout;

import graft.error.GraftException;
import java.util.Arrays;
import java.util.stream.Stream;

/// What to do where a registry wants a login that the engine does not have.
final class Logins {
  static final String NONE_BUT_ITS_OWN =
      "if that wants a login: the engine has none but those of the file registry-auth-file, yours"
          + " it does not keep";

  private Logins() {}

  /// The same failure, which says so if a registry has refused something.
  static GraftException hinted(GraftException e) {
    return isRefusal(e) ? new GraftException(e.kind(), e.text() + "; " + NONE_BUT_ITS_OWN, e) : e;
  }

  /// A failure to find something has what registries said of it with it.
  private static boolean isRefusal(GraftException e) {
    return e.kind() != GraftException.Kind.NOT_FOUND && mayBeRefusal(e)
        || Stream.concat(Stream.ofNullable(e.getCause()), Arrays.stream(e.getSuppressed()))
            .anyMatch(c -> c instanceof GraftException g && mayBeRefusal(g));
  }

  /// Some registries do not tell strangers what there is.
  static boolean mayBeRefusal(GraftException e) {
    return switch (e.kind()) {
      case UNAUTHORIZED, FORBIDDEN, NOT_FOUND -> true;
      // As clients of Docker know it, this has no kind of its own.
      default -> e.text().contains("no basic auth credentials");
    };
  }
}
