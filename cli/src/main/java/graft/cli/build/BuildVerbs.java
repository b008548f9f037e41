package graft.cli.build;

import graft.cli.verb.Verb;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The table of this room.
public final class BuildVerbs {
  public static final List<String> NAMES = List.of("build");

  private BuildVerbs() {}

  public static @Nullable Verb find(String name) {
    return name.equals("build") ? new Build() : null;
  }
}
