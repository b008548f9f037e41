package graft.cli.ui;

import graft.cli.verb.Verb;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The table of this room: a verb is a name here, a class, and a case below.
public final class UiVerbs {
  public static final List<String> NAMES = List.of("ui");

  private UiVerbs() {}

  /// Only what was typed is loaded.
  public static @Nullable Verb find(String name) {
    return name.equals("ui") ? new Ui() : null;
  }
}
