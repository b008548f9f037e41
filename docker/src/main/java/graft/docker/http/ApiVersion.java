package graft.docker.http;

/// A version of the Docker API: 1.24 to 1.51.
public record ApiVersion(int major, int minor) implements Comparable<ApiVersion> {
  public static final ApiVersion OLDEST = new ApiVersion(1, 24);
  public static final ApiVersion NEWEST = new ApiVersion(1, 51);

  /// Digits and dots, read as Go does: what is missing or no number is 0.
  static ApiVersion parse(String text) {
    String[] parts = text.split("\\.", -1);
    return new ApiVersion(number(parts[0]), parts.length > 1 ? number(parts[1]) : 0);
  }

  private static int number(String digits) {
    return digits.matches("[0-9]{1,6}") ? Integer.parseInt(digits) : 0;
  }

  public boolean atLeast(int wantedMinor) {
    return compareTo(new ApiVersion(1, wantedMinor)) >= 0;
  }

  @Override
  public int compareTo(ApiVersion other) {
    return major != other.major
        ? Integer.compare(major, other.major)
        : Integer.compare(minor, other.minor);
  }

  @Override
  public String toString() {
    return major + "." + minor;
  }
}
