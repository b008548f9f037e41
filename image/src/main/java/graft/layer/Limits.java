package graft.layer;

/// What a hostile tar may cost at most. Beyond it, reading fails with CORRUPT and says which limit.
///
/// @param entries number of entries
/// @param path bytes of one path or link target
/// @param header bytes of one entry's extended headers (PAX, GNU long names)
/// @param total bytes of the whole uncompressed tar, with the holes of sparse files
public record Limits(int entries, int path, int header, long total) {
  /// Far beyond honest layers: ten million files, PATH_MAX, 1 MiB of headers an entry, 1 TiB.
  public static final Limits DEFAULT = new Limits(10_000_000, 4096, 1 << 20, 1L << 40);

  /// How much of the holes may be read as zeros, by a reader that cannot pass them over: a kilobyte
  /// of tar may claim a terabyte of them, and hashing that takes a quarter of an hour.
  long zeros() {
    return total / 64;
  }
}
