package graft.runtime;

import graft.error.GraftException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The words of runtimes, turned into those Docker's clients match on. The command line makes its
/// exit code out of them: 127 for "executable file not found" and "no such file or directory", 126
/// for "permission denied" and "is a directory".
final class RuntimeErrors {
  private static final String CREATE =
      "failed to create task for container: failed to create shim task: OCI runtime create failed: "
          + "runc create failed: ";
  private static final String EXEC = "OCI runtime exec failed: exec failed: ";
  private static final String INIT = "unable to start container process: ";
  private static final String DURING = "error during container init: ";

  private static final Pattern LOGGED =
      Pattern.compile("msg=\"((?:[^\"\\\\]|\\\\.)*)\"", Pattern.DOTALL);
  private static final Pattern DENIED = Pattern.compile("exec: \"(/[^\"]*)\": permission denied");
  private static final Pattern CRUN_MISSING =
      Pattern.compile("executable file [`']([^`']*)[`'] not found(?: in \\$PATH)?");

  private RuntimeErrors() {}

  static GraftException create(String said) {
    String reason = reason(said, "runc create failed: ");
    if (reason.startsWith(INIT) && !reason.startsWith(INIT + DURING)) {
      reason = INIT + DURING + reason.substring(INIT.length());
    }
    return new GraftException(kind(reason), CREATE + reason);
  }

  /// Newer runtimes say of a directory that it is one; older ones only that it may not be executed.
  static GraftException create(String said, Path root) {
    GraftException e = create(said);
    Matcher denied = DENIED.matcher(e.text());
    if (denied.find() && Files.isDirectory(root.resolve(denied.group(1).substring(1)))) {
      return new GraftException(
          e.kind(),
          e.text().replace("\": permission denied", "\": is a directory: permission denied"));
    }
    return e;
  }

  static GraftException exec(String said) {
    String reason = reason(said, "exec failed: ");
    return new GraftException(kind(reason), EXEC + reason);
  }

  private static GraftException.Kind kind(String reason) {
    boolean users =
        reason.contains("executable file not found")
            || reason.contains("exec: ")
            || reason.contains("permission denied")
            || reason.contains("is a directory");
    return users ? GraftException.Kind.INVALID : GraftException.Kind.INTERNAL;
  }

  /// The last thing the runtime logged, without what it logs before every reason.
  static String reason(String said, String prefix) {
    String text = said.strip();
    Matcher logged = LOGGED.matcher(text);
    String last = null;
    while (logged.find()) {
      last = logged.group(1).replace("\\\"", "\"").replace("\\n", "\n").replace("\\\\", "\\");
    }
    if (last != null) {
      text = last;
    }
    int at = text.indexOf(prefix);
    if (at >= 0) {
      text = text.substring(at + prefix.length());
    }
    Matcher missing = CRUN_MISSING.matcher(text);
    if (missing.find()) {
      return INIT + "exec: \"" + missing.group(1) + "\": executable file not found in $PATH";
    }
    return text;
  }
}
