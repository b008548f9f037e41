package graft.cli.output;

/// Text in the columns of a terminal: most characters take one, those of East Asia and pictures
/// two, marks that combine with the one before them none.
///
/// Source: Unicode Standard Annex #11, East Asian Width; its ranges are coarse here.
public final class Columns {
  private static final int TAB = 8;

  private Columns() {}

  public static int of(String text) {
    return text.codePoints().map(Columns::of).sum();
  }

  private static int of(int c) {
    int type = Character.getType(c);
    if (type == Character.NON_SPACING_MARK
        || type == Character.ENCLOSING_MARK
        || type == Character.FORMAT) {
      return 0;
    }
    boolean wide =
        (c >= 0x1100 && c <= 0x115f)
            || (c >= 0x2e80 && c <= 0xa4cf)
            || (c >= 0xac00 && c <= 0xd7a3)
            || (c >= 0xf900 && c <= 0xfaff)
            || (c >= 0xfe30 && c <= 0xfe6f)
            || (c >= 0xff00 && c <= 0xff60)
            || (c >= 0xffe0 && c <= 0xffe6)
            || (c >= 0x1f300 && c <= 0x1faff)
            || (c >= 0x20000 && c <= 0x3fffd);
    return wide ? 2 : 1;
  }

  /// No more than so many columns; what was left out shows as `…`.
  public static String cut(String text, int columns) {
    if (of(text) <= columns) {
      return text;
    }
    StringBuilder out = new StringBuilder();
    int left = columns - 1;
    for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
      int c = text.codePointAt(i);
      left -= of(c);
      if (left < 0) {
        break;
      }
      out.appendCodePoint(c);
    }
    return columns < 1 ? "" : out.append('…').toString();
  }

  /// A line of a program's output as it can be shown among others: of what was written over itself
  /// the last, tabs as blanks, without sequences that move the cursor or colour.
  public static String printable(String line) {
    String text = line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
    text = text.substring(text.lastIndexOf('\r') + 1);
    text =
        text.replaceAll(
            "\u001b(\\[[0-?]*[ -/]*[@-~]|\\][^\u0007\u001b]*(\u0007|\u001b\\\\)?|.)", "");
    StringBuilder out = new StringBuilder();
    text.codePoints()
        .forEach(c -> {
          if (c == '\t') {
            out.append(" ".repeat(TAB - out.length() % TAB));
          } else if (c >= ' ' && c != 0x7f && !(c >= 0x80 && c < 0xa0)) {
            out.appendCodePoint(c);
          }
        });
    return out.toString();
  }
}
