package graft.event;

import java.time.Instant;
import java.util.Map;

/// Something that happened to an object. `type` and `action` are in the words of the Docker API
/// (`container`, `die`), which is where events are read; `attributes` are what that API shows.
public record Event(
    Type type, String action, String id, Map<String, String> attributes, Instant at) {
  public enum Type {
    CONTAINER,
    IMAGE,
    NETWORK,
    VOLUME,
    DAEMON,
    BUILDER
  }

  public Event {
    attributes = Map.copyOf(attributes);
  }
}
