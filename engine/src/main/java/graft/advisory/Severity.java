package graft.advisory;

import java.util.List;
import java.util.Locale;
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
    if (vector.length() > LONGEST_VECTOR) {
      return UNKNOWN;
    }
    try {
      Cvss parsed = Cvss.fromVector(vector);
      return parsed == null ? UNKNOWN : ofScore(parsed.calculateScore().getBaseScore());
    } catch (MalformedVectorException | IllegalArgumentException | NullPointerException e) {
      // The library says so in these ways; a vector it cannot read says nothing to anybody.
      return UNKNOWN;
    }
  }

  /// Source: CVSS 3.1, "Qualitative Severity Rating Scale".
  private static Severity ofScore(double score) {
    if (Double.isNaN(score)) {
      return UNKNOWN;
    }
    return score >= 9
        ? CRITICAL
        : score >= 7 ? HIGH : score >= 4 ? MEDIUM : score > 0 ? LOW : NEGLIGIBLE;
  }

  static Severity highest(List<Severity> all) {
    return all.stream().max(Severity::compareTo).orElse(UNKNOWN);
  }
}
