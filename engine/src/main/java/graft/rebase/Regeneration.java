package graft.rebase;

import java.util.List;

/// Files of an image that a program of the image makes anew, once its layers are on the new base:
/// the base has others of what they are made from.
///
/// @param generator name of the program
/// @param command how it is run, as root, without a shell
/// @param paths of the files that the image has
/// @param layer the lowest of the image's own that has one of them, counted from 0 above the base
/// @param input the first path that is another
public record Regeneration(
    String generator, List<String> command, List<String> paths, int layer, String input) {
  public Regeneration {
    command = List.copyOf(command);
    paths = List.copyOf(paths);
  }
}
