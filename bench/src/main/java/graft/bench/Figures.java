package graft.bench;

import java.util.Arrays;
import java.util.Locale;

/// Minimum and median of some timings, in ms.
record Figures(double minimum, double median) {
  static Figures ofNanos(long[] nanos) {
    long[] sorted = nanos.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    double median =
        sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2.0;
    return new Figures(sorted[0] / 1e6, median / 1e6);
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%10.1f / %8.1f", minimum, median);
  }
}
