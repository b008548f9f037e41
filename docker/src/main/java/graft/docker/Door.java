package graft.docker;

import graft.docker.policy.Policy;
import graft.error.GraftException;
import java.util.List;

/// One place where a daemon listens, and what may be done through it:
/// `unix:///run/ci.sock?policy=no-privileged,own-labels:ci`. Without policies: everything.
record Door(Host host, List<Policy> policies) {
  private static final String POLICY = "policy=";

  Door {
    policies = List.copyOf(policies);
  }

  static Door parse(String text) {
    int mark = text.indexOf('?');
    if (mark < 0) {
      return new Door(Host.parse(text), List.of());
    }
    String query = text.substring(mark + 1);
    if (!query.startsWith(POLICY)) {
      throw GraftException.invalid(
          "the host \"" + text + "\" has something else than ?policy=... behind its question mark");
    }
    return new Door(
        Host.parse(text.substring(0, mark)), Policy.parse(query.substring(POLICY.length())));
  }

  @Override
  public String toString() {
    return policies.isEmpty()
        ? host.toString()
        : host + "?" + POLICY + String.join(",", policies.stream().map(Policy::toString).toList());
  }
}
