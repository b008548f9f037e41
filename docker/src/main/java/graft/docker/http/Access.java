package graft.docker.http;

/// Who may use a unix socket.
public sealed interface Access {
  /// Root, and the group `graft` if this machine has one.
  record Usual() implements Access {}

  /// Root, and a group that must exist; by name or number.
  record Group(String name) implements Access {}

  /// Nobody but the user of the engine.
  record Owner() implements Access {}
}
