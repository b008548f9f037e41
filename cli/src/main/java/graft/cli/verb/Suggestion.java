package graft.cli.verb;

/// The word that was probably meant.
public final class Suggestion {
  private Suggestion() {}

  /// The closest of the names, or nothing if none is close.
  public static String of(String typed, Iterable<String> names) {
    String best = "";
    // Among short words everything is close to everything.
    int least = typed.length() <= 4 ? 2 : 3;
    for (String name : names) {
      boolean letter = name.length() == 2 && name.charAt(0) == '-';
      int distance = letter ? least : distance(typed, name);
      if (distance < least) {
        least = distance;
        best = name;
      }
    }
    return best;
  }

  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int swap = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(swap, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
