package graft.docker.buildkit.session;

import graft.docker.buildkit.grpc.Remote;
import java.util.Set;

/// A client that answers questions.
///
/// @param id by which builds name it
/// @param sharedKey what its directories have in common with those of its earlier sessions; may be
///   empty
/// @param methods it offers: `/package.Service/Method`
record Session(String id, String sharedKey, Set<String> methods, Remote remote) {
  Session {
    methods = Set.copyOf(methods);
  }

  boolean offers(String method) {
    return methods.contains("/" + method);
  }
}
