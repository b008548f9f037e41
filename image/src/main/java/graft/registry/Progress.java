package graft.registry;

/// Told how far a blob has come. Called from the thread that moves the bytes; must be quick.
@FunctionalInterface
public interface Progress {
  Progress NONE = (_, _) -> {};

  /// @param total what is expected, or -1
  void at(long bytes, long total);
}
