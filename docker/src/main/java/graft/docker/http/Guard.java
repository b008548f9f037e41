package graft.docker.http;

import java.io.IOException;

/// Looks at each request of one socket before its handler does.
@FunctionalInterface
public interface Guard {
  /// Nobody is kept from anything.
  Guard NONE = (_, _) -> {};

  /// Lets the request pass, narrows it with [Exchange#narrow] or [Exchange#change], or throws what
  /// it is answered with.
  ///
  /// @param method in capitals
  void admit(String method, Exchange x) throws IOException;
}
