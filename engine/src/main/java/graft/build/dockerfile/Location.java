package graft.build.dockerfile;

import java.util.List;

/// A place in a Dockerfile, with what is needed to show it.
///
/// @param file what the file is called
/// @param data the whole of it
/// @param lines may be none
public record Location(String file, byte[] data, List<Lines> lines) {
  public Location {
    lines = List.copyOf(lines);
  }
}
