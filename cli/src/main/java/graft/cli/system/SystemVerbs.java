package graft.cli.system;

import graft.cli.verb.Verb;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The table of this room: a verb is a name here, a class, and a case below.
public final class SystemVerbs {
  public static final List<String> NAMES =
      List.of(
          "daemon",
          "version",
          "info",
          "events",
          "verify",
          "prune",
          "pin",
          "unpin",
          "pins",
          "undo",
          "trash ls",
          "trash empty",
          "system df",
          "system prune",
          "login",
          "logout",
          "demo");

  private SystemVerbs() {}

  /// Only what was typed is loaded.
  public static @Nullable Verb find(String name) {
    return switch (name) {
      case "daemon" -> new Daemon();
      case "version" -> new Version();
      case "info" -> new Info();
      case "events" -> new Events();
      case "verify" -> new Verify();
      case "prune" -> new PlannedPrune();
      case "pin" -> new Pin(true);
      case "unpin" -> new Pin(false);
      case "pins" -> new Pins();
      case "undo" -> new Undo();
      case "trash ls" -> new TrashLs();
      case "trash empty" -> new TrashEmpty();
      case "system df" -> new DiskUsage();
      case "system prune" -> new SystemPrune();
      case "login" -> new LoginVerb();
      case "logout" -> new Logout();
      case "demo" -> new Demo();
      default -> null;
    };
  }
}
