package graft.build.dockerfile;

import java.util.regex.Pattern;

/// Where a source of ADD comes from, by what it looks like.
public enum Remote {
  /// The context.
  NONE,
  /// `https://host/file`
  HTTP,
  /// `https://host/x.git#ref:directory`, `git@host:x`, `ssh://…`, `git://…`
  GIT;

  private static final Pattern SCP = Pattern.compile("[a-zA-Z0-9-_]+@[a-zA-Z0-9-.]+:[^\\s]*");

  public static Remote of(String source) {
    if (source.startsWith("git://") || source.startsWith("ssh://")) {
      return GIT;
    }
    if (source.startsWith("http://") || source.startsWith("https://")) {
      String path = source.split("[?#]", 2)[0];
      boolean hasPath = path.indexOf('/', path.indexOf("//") + 2) > 0;
      return hasPath && path.endsWith(".git") ? GIT : HTTP;
    }
    return SCP.matcher(source).matches() ? GIT : NONE;
  }
}
