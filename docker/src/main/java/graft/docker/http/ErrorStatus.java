package graft.docker.http;

import graft.error.GraftException;

/// From the kinds of errors to HTTP: the one place.
public final class ErrorStatus {
  private ErrorStatus() {}

  public static int of(GraftException.Kind kind) {
    return switch (kind) {
      case NOT_FOUND -> 404;
      case INVALID -> 400;
      case CONFLICT -> 409;
      case FORBIDDEN -> 403;
      case UNAUTHORIZED -> 401;
      case UNAVAILABLE -> 503;
      case NOT_MODIFIED -> 304;
      case NOT_IMPLEMENTED -> 501;
      case CORRUPT, CANCELLED, INTERNAL -> 500;
    };
  }
}
