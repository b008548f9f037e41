package graft.docker.http;

/// A version of the Docker API: 1.24 to 1.51.
public record ApiVersion(int major, int minor) implements Comparable<ApiVersion> {
  public static final ApiVersion OLDEST = new ApiVersion(1, 24);
  public static final ApiVersion NEWEST = new ApiVersion(1, 51);

  static ApiVersion parse(String text) {
    int dot = text.indexOf('.');
    return new ApiVersion(
        Integer.parseInt(text.substring(0, dot)), Integer.parseInt(text.substring(dot + 1)));
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
