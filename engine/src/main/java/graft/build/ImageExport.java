package graft.build;

import graft.oci.Reference;
import java.util.List;

/// What is to become of the image of a build: it is kept here, it is pushed, or both.
///
/// @param names under which it is kept and pushed; they move from where they were
/// @param push where it goes
public record ImageExport(List<Reference> names, boolean keep, Push push, ImageForm form) {
  public ImageExport {
    names = List.copyOf(names);
  }

  public enum Push {
    NO,
    /// Under the tags of the names.
    TAGS,
    /// To the repositories of the names, where it is found by its digest only.
    DIGEST
  }
}
