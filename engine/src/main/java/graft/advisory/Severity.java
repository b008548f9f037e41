package graft.advisory;

import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import us.springett.cvss.Cvss;
import us.springett.cvss.MalformedVectorException;

/// How bad a vulnerability is, in the words of CVSS's qualitative scale and one of Debian's. In
/// ascending order; nobody having said is less than the least.
public enum Severity {
  UNKNOWN,
  NEGLIGIBLE,
  LOW,
  MEDIUM,
  HIGH,
  CRITICAL;

  private static final int LONGEST_VECTOR = 512;

  /// `high`.
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /// A word of a distribution (Debian's urgency, Ubuntu's priority, GitHub's severity).
  static Severity ofWord(String word) {
    return switch (word.strip().replace("*", "").toLowerCase(Locale.ROOT)) {
      case "critical" -> CRITICAL;
      case "high", "important" -> HIGH;
      case "medium", "moderate" -> MEDIUM;
      case "low" -> LOW;
      case "negligible", "unimportant", "none" -> NEGLIGIBLE;
      default -> UNKNOWN;
    };
  }

  /// The base score of a CVSS vector, 2.0 to 4.0; of what is none, unknown.
  static Severity ofVector(String vector) {
    OptionalDouble score = score(vector);
    return score.isPresent() ? ofScore(score.getAsDouble()) : UNKNOWN;
  }

  /// The base score of a CVSS vector, 2.0 to 4.0; empty of what is none.
  static OptionalDouble score(String vector) {
    if (vector.isEmpty() || vector.length() > LONGEST_VECTOR) {
      return OptionalDouble.empty();
    }
    try {
      Cvss parsed = Cvss.fromVector(vector);
      double score = parsed == null ? Double.NaN : parsed.calculateScore().getBaseScore();
      return Double.isNaN(score) ? OptionalDouble.empty() : OptionalDouble.of(score);
    } catch (MalformedVectorException | IllegalArgumentException | NullPointerException e) {
      // The library says so in these ways; a vector it cannot read says nothing to anybody.
      return OptionalDouble.empty();
    }
  }

  /// Source: CVSS 3.1, "Qualitative Severity Rating Scale".
  private static Severity ofScore(double score) {
    return score >= 9
        ? CRITICAL
        : score >= 7 ? HIGH : score >= 4 ? MEDIUM : score > 0 ? LOW : NEGLIGIBLE;
  }

  static Severity highest(List<Severity> all) {
    return all.stream().max(Severity::compareTo).orElse(UNKNOWN);
  }
}
