package graft.cli.network;

import graft.cli.verb.Verb;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The table of this room: a verb is a name here, a class, and a case below.
public final class NetworkVerbs {
  public static final List<String> NAMES =
      List.of(
          "network ls",
          "network create",
          "network inspect",
          "network rm",
          "network connect",
          "network disconnect",
          "network prune");

  private NetworkVerbs() {}

  /// Only what was typed is loaded. `network inspect` is in the room of all inspections.
  public static @Nullable Verb find(String name) {
    return switch (name) {
      case "network ls" -> new NetworkLs();
      case "network create" -> new NetworkCreate();
      case "network rm" -> new NetworkRm();
      case "network connect" -> new NetworkConnect();
      case "network disconnect" -> new NetworkDisconnect();
      case "network prune" -> new NetworkPrune();
      default -> null;
    };
  }
}
