package graft.build.dockerfile;

import java.util.List;

/// Where an instruction stands, and how it was written.
///
/// @param lines its own and those of its here-documents
/// @param keyword as written, for its case
/// @param text of the whole instruction, continued lines joined, without here-documents: what
///   progress shows, after [Words#expandKnown]
/// @param comments the comment lines right above it, without `#`
public record Origin(Lines lines, String keyword, String text, List<String> comments) {
  public Origin {
    comments = List.copyOf(comments);
  }
}
