package graft.cli.verb;

import java.util.List;

/// One option of a verb. The last of its names is the one that messages use.
public record Option(Kind kind, List<String> names, String label, String help) {
  /// Whether an option takes a value, and how often it counts.
  public enum Kind {
    FLAG,
    VALUE,
    NUMBER,
    LIST,
    /// A flag that docker knows and that means nothing here: read, and told nobody.
    IGNORED
  }

  public Option {
    names = List.copyOf(names);
  }

  public boolean takesValue() {
    return kind == Kind.VALUE || kind == Kind.NUMBER || kind == Kind.LIST;
  }

  /// Tells it from the others of its table. The record itself is none of a map: its hash code spins
  /// classes when it is first asked for, which took a tenth of a command's time.
  String key() {
    return names.getFirst();
  }

  public boolean hidden() {
    return kind == Kind.IGNORED;
  }

  /// The one that is spelled out.
  public String name() {
    return names.stream().filter(n -> n.startsWith("--")).findFirst().orElse(names.getLast());
  }
}
