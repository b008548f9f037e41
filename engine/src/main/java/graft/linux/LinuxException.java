package graft.linux;

import java.io.IOException;
import java.io.Serial;

/// A system call that failed: which, on what, with which errno.
public final class LinuxException extends IOException {
  @Serial private static final long serialVersionUID = 1L;

  private final int errno;

  public LinuxException(String call, String on, int errno) {
    super(call + (on.isEmpty() ? "" : " " + on) + ": " + Errno.text(errno));
    this.errno = errno;
  }

  public int errno() {
    return errno;
  }

  /// Nothing can be reached under the path that was tried.
  public boolean isMissing() {
    return errno == Errno.ENOENT || errno == Errno.ENOTDIR || errno == Errno.ELOOP;
  }
}
