package graft.advisory;

/// Statements of VEX documents that count for one question only, beside those of the database.
public final class Vex {
  public static final Vex NONE = new Vex(Database.empty());

  private final Database said;

  Vex(Database said) {
    this.said = said;
  }

  public boolean isEmpty() {
    return !said.hasSuppressions();
  }

  Database said() {
    return said;
  }
}
