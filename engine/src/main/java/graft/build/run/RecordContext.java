package graft.build.run;

import graft.build.BuildRequest;
import graft.error.GraftException;
import java.util.Locale;
import java.util.Optional;

/// Which files of contexts are recorded with an image, so that it can be made again without them.
public enum RecordContext {
  NONE,
  /// Those that a step took.
  USED,
  /// All that the client sent.
  ALL;

  /// The build argument that says so for one build.
  static final String ARGUMENT = "GRAFT_RECORD_CONTEXT";

  /// @throws GraftException INVALID
  public static RecordContext parse(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "none" -> NONE;
      case "used" -> USED;
      case "all" -> ALL;
      default ->
          throw GraftException.invalid(
              "record-context is none, used or all, and not \"" + text + "\"");
    };
  }

  /// What holds for a build.
  RecordContext of(BuildRequest request) {
    return request
        .arguments()
        .getOrDefault(ARGUMENT, Optional.empty())
        .map(RecordContext::parse)
        .orElse(this);
  }
}
