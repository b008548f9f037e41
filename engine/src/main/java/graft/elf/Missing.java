package graft.elf;

/// What a loader does not find.
public sealed interface Missing {
  /// @param path of the loader itself
  record Interpreter(String path) implements Missing {
    @Override
    public String toString() {
      return "its interpreter /" + path;
    }
  }

  record Needed(String name) implements Missing {
    @Override
    public String toString() {
      return "the library " + name;
    }
  }

  record Version(String file, String version) implements Missing {
    @Override
    public String toString() {
      return "version " + version + " of " + file;
    }
  }

  /// @param version empty if any would do
  record Symbol(String name, String version) implements Missing {
    @Override
    public String toString() {
      return "the symbol " + name + (version.isEmpty() ? "" : "@" + version);
    }
  }

  /// Data that are there, but of another size: programs have a copy of them, or read past them.
  record Size(String symbol, String file, long before, long now) implements Missing {
    @Override
    public String toString() {
      return "the data "
          + symbol
          + " of "
          + file
          + " as "
          + before
          + " bytes: they are "
          + (now < 0 ? "no data any more" : now + " now");
    }
  }
}
