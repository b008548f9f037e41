package graft.docker.policy;

import graft.docker.http.Guard;
import graft.engine.Engine;
import graft.error.GraftException;
import java.util.ArrayList;
import java.util.List;

/// What the clients of a socket may not do.
public sealed interface Policy {
  /// Nothing changes.
  record ReadOnly() implements Policy {
    @Override
    public String toString() {
      return "read-only";
    }
  }

  /// Nothing is asked for that leads out of a container with Docker's default confinement.
  record NoPrivileged() implements Policy {
    @Override
    public String toString() {
      return "no-privileged";
    }
  }

  /// Containers, networks and volumes of this socket are for itself: they carry a label with this
  /// owner, and others are not seen.
  record OwnLabels(String owner) implements Policy {
    @Override
    public String toString() {
      return "own-labels:" + owner;
    }
  }

  /// `read-only,no-privileged,own-labels:NAME`.
  static List<Policy> parse(String text) {
    List<Policy> all = new ArrayList<>();
    for (String word : text.split(",")) {
      int colon = word.indexOf(':');
      String owner = colon < 0 ? "" : word.substring(colon + 1);
      all.add(
          switch (colon < 0 ? word : word.substring(0, colon)) {
            case "read-only" -> new ReadOnly();
            case "no-privileged" -> new NoPrivileged();
            case "own-labels" -> new OwnLabels(owned(word, owner));
            default -> throw unknown(word);
          });
    }
    return all;
  }

  private static String owned(String word, String owner) {
    if (!owner.matches("[a-zA-Z0-9][a-zA-Z0-9_.-]*")) {
      throw unknown(word);
    }
    return owner;
  }

  private static GraftException unknown(String word) {
    return GraftException.invalid(
        "unknown policy \""
            + word
            + "\" of a host: there are read-only, no-privileged and own-labels:NAME");
  }

  /// All of them before the routes of this engine.
  static Guard guard(List<Policy> policies, Engine engine) {
    List<Guard> guards =
        policies.stream()
            .<Guard>map(policy ->
                switch (policy) {
                  case ReadOnly _ -> new ReadOnlyGuard();
                  case NoPrivileged _ -> new NoPrivilegedGuard(engine);
                  case OwnLabels own -> new OwnLabelsGuard(engine, own.owner());
                })
            .toList();
    return (method, x) -> {
      for (Guard guard : guards) {
        guard.admit(method, x);
      }
    };
  }

  /// The answer to what a policy does not let pass.
  static GraftException refusal(Policy policy, String what) {
    return new GraftException(
        GraftException.Kind.FORBIDDEN, "the policy " + policy + " of this socket forbids " + what);
  }
}
