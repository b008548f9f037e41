package graft.docker.container;

import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.container.Container;
import graft.container.Health;
import graft.container.State;
import graft.docker.json.Nodes;
import graft.network.Endpoint;
import graft.network.Sandbox;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// One entry of `GET /containers/json`.
public final class ListBody {
  private ListBody() {}

  /// @param networkIds name of a network → its id; empty if there is none
  /// @param health empty for one without a check, and for one that was never started
  /// @param linked its names as others link to it: `/web/db`
  /// @param image what is shown for the image: its name, or its id if the name moved
  /// @param sizes bytes of the writable layer and of everything, if they were asked for
  public static ObjectNode of(
      Container c,
      Optional<Health> health,
      List<String> linked,
      String image,
      Optional<Sandbox> sandbox,
      Function<String, String> networkIds,
      Optional<long[]> sizes,
      Instant now) {
    ObjectNode json = Nodes.object();
    json.put("Id", c.id());
    List<String> names = new ArrayList<>(linked);
    names.add("/" + c.name());
    json.set("Names", Nodes.texts(names.stream().sorted().toList()));
    json.put("Image", image);
    json.put("ImageID", c.image().toString());
    json.put("Command", command(c.spec().run().process().args()));
    json.put("Created", c.created().getEpochSecond());
    json.set("Ports", NetworkView.portList(c, sandbox));
    if (sizes.isPresent()) {
      if (sizes.get()[0] != 0) {
        json.put("SizeRw", sizes.get()[0]);
      }
      json.put("SizeRootFs", sizes.get()[1]);
    }
    json.set("Labels", Nodes.map(c.spec().labels()));
    json.put("State", c.state().word());
    json.put("Status", status(c.state(), health, now));
    json.set("HostConfig", HostConfigView.brief(c.spec()));
    json.putObject("NetworkSettings")
        .set("Networks", NetworkView.networks(c, sandbox, networkIds, false));
    json.set("Mounts", MountView.json(c));
    return json;
  }

  /// Arguments with a blank in single quotes.
  private static String command(List<String> args) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < args.size(); i++) {
      String arg = args.get(i);
      boolean quoted = i > 0 && arg.indexOf(' ') >= 0;
      text.append(i > 0 ? " " : "").append(quoted ? "'" + arg + "'" : arg);
    }
    return text.toString();
  }

  static String status(State state, Optional<Health> health, Instant now) {
    return switch (state) {
      case State.Created _ -> "Created";
      case State.Running s ->
          "Up " + since(s.since(), now) + health.map(ListBody::health).orElse("");
      case State.Paused s -> "Up " + since(s.running().since(), now) + " (Paused)";
      case State.Restarting s ->
          "Restarting (" + s.exit().code() + ") " + since(s.exit().at(), now) + " ago";
      case State.Exited s ->
          "Exited (" + s.exit().code() + ") " + since(s.exit().at(), now) + " ago";
      case State.Removing _ -> "Removal In Progress";
    };
  }

  private static String health(Health health) {
    return switch (health.status()) {
      case STARTING -> " (health: starting)";
      case HEALTHY -> " (healthy)";
      case UNHEALTHY -> " (unhealthy)";
    };
  }

  /// The value of the filter `health` that it fits.
  public static String healthWord(Optional<Health> health) {
    return health.map(HealthBody::word).orElse("none");
  }

  private static String since(Instant then, Instant now) {
    Duration d = Duration.between(then, now);
    return HumanDuration.of(d.isNegative() ? Duration.ZERO : d);
  }

  /// Whether the container is on the network of this name or id.
  public static boolean onNetwork(Container c, Optional<Sandbox> sandbox, String network) {
    return c.spec().net().attachments().stream().anyMatch(a -> a.network().equals(network))
        || sandbox.stream()
            .flatMap(s -> s.endpoints().stream())
            .map(Endpoint::networkId)
            .anyMatch(id -> id.startsWith(network));
  }
}
