package graft.inventory;

/// Something that was not read, or not to its end.
///
/// @param path where it is in the root; empty if the whole of a layer is meant
/// @param reason a sentence without its end: `larger than 128 MB`
public record Skipped(String path, String reason) implements Comparable<Skipped> {
  @Override
  public int compareTo(Skipped other) {
    int c = path.compareTo(other.path);
    return c != 0 ? c : reason.compareTo(other.reason);
  }
}
