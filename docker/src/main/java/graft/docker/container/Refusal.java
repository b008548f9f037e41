package graft.docker.container;

import graft.error.GraftException;

/// What is asked for and not done by Graft: said, never passed over.
final class Refusal {
  private Refusal() {}

  static GraftException of(String field) {
    return new GraftException(
        GraftException.Kind.NOT_IMPLEMENTED,
        "create a container with " + field + ": Graft does not support this yet; leave it out");
  }
}
