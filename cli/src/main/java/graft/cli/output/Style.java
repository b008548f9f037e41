package graft.cli.output;

/// Colour, where there is a terminal to show it and nobody said NO_COLOR.
public final class Style {
  public static final Style PLAIN = new Style(false);

  private final boolean on;

  private Style(boolean on) {
    this.on = on;
  }

  public static Style of(boolean terminal) {
    return terminal && System.getenv("NO_COLOR") == null ? new Style(true) : PLAIN;
  }

  public String bold(String text) {
    return code("1", text);
  }

  public String dim(String text) {
    return code("2", text);
  }

  public String red(String text) {
    return code("31", text);
  }

  public String green(String text) {
    return code("32", text);
  }

  public String yellow(String text) {
    return code("33", text);
  }

  private String code(String code, String text) {
    return on && !text.isEmpty() ? "\u001b[" + code + "m" + text + "\u001b[0m" : text;
  }
}
