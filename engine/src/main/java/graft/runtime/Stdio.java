package graft.runtime;

/// What the standard streams of a process are that the engine starts itself.
enum Stdio {
  /// Three times the container's `/dev/null`.
  NULL,
  /// `/dev/null`, and two pipes.
  OUTPUT,
  /// Three pipes.
  PIPES,
  /// Three times the terminal.
  TERMINAL
}
