package graft.version;

import java.util.Comparator;

/// `[EPOCH:]VERSION[-REVISION]`, as dpkg and rpm write it.
record Parts(String epoch, String version, String revision) {
  /// Epochs by their value, then the other parts by an order of theirs.
  static int compare(String a, String b, Comparator<String> order) {
    Parts x = of(a.strip());
    Parts y = of(b.strip());
    int byEpoch = Digits.compare(x.epoch, y.epoch);
    if (byEpoch != 0) {
      return byEpoch;
    }
    int byVersion = order.compare(x.version, y.version);
    return byVersion != 0 ? byVersion : order.compare(x.revision, y.revision);
  }

  private static Parts of(String text) {
    int colon = text.indexOf(':');
    // A colon after something else than a number is no epoch's.
    boolean epoch = colon > 0 && Digits.end(text, 0) == colon;
    String rest = epoch ? text.substring(colon + 1) : text;
    int dash = rest.lastIndexOf('-');
    return new Parts(
        epoch ? text.substring(0, colon) : "",
        dash < 0 ? rest : rest.substring(0, dash),
        dash < 0 ? "" : rest.substring(dash + 1));
  }
}
