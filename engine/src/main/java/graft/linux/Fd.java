package graft.linux;

import java.io.IOException;

/// An open file descriptor. Closed once; closing never fails loudly, since a reader has nothing to
/// lose and a writer has synced before.
public final class Fd implements AutoCloseable {
  private int number;

  Fd(int number) {
    this.number = number;
  }

  public int number() {
    if (number < 0) {
      throw new IllegalStateException("the file descriptor is closed");
    }
    return number;
  }

  /// Gives it away: closing it is another's work from now on.
  int release() {
    int given = number();
    number = -1;
    return given;
  }

  /// A path that opens the same file again, for the JDK's own file classes.
  public String path() {
    return "/proc/self/fd/" + number();
  }

  @Override
  public void close() {
    if (number >= 0) {
      try {
        LinuxFiles.close(number);
      } catch (IOException e) {
        // Nothing was pending on it: data is synced where it matters before a close.
        number = -1;
      }
      number = -1;
    }
  }
}
