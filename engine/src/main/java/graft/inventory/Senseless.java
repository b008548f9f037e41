package graft.inventory;

import java.io.Serial;

/// A stranger's file says what cannot be. Known inside this room only: [PackageFiles] makes a
/// [Skipped] of it.
final class Senseless extends RuntimeException {
  @Serial private static final long serialVersionUID = 1;

  Senseless(String reason) {
    super(reason, null, false, false);
  }
}
