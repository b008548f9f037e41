package graft.docker.route;

import graft.docker.http.ErrorStatus;
import graft.docker.http.Exchange;
import graft.error.GraftException;
import java.io.IOException;

/// Errors of requests that wanted the bare connection, before they got it: plain text.
final class HijackErrors {
  private HijackErrors() {}

  static void answer(Exchange x, GraftException e) throws IOException {
    x.hijackError(ErrorStatus.of(e.kind()), e.text());
  }
}
