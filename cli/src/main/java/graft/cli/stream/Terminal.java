package graft.cli.stream;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// The terminal of this process, by `stty`: it is needed seldom, and native calls from Java would
/// cost every start more than the process does here.
public final class Terminal implements AutoCloseable {
  private final String saved;

  private Terminal(String saved) {
    this.saved = saved;
  }

  public static boolean is(int descriptor) {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException e) {
      return false;
    }
  }

  /// Every key goes to the container until this is closed.
  static Terminal raw() throws IOException {
    String saved = stty("-g").strip();
    stty("raw", "-echo");
    return new Terminal(saved);
  }

  /// Rows and columns as a query of the API; empty if unknown.
  static String size() throws IOException {
    String[] size = stty("size").strip().split(" ");
    return size.length == 2 ? "?h=" + size[0] + "&w=" + size[1] : "";
  }

  /// How many columns and rows this terminal has; docker's guess if it does not say.
  public static int[] columnsAndRows() throws IOException {
    String[] size = stty("size").strip().split(" ");
    boolean known = size.length == 2 && !size[1].equals("0");
    return known
        ? new int[] {Integer.parseInt(size[1]), Integer.parseInt(size[0])}
        : new int[] {80, 24};
  }

  private static String stty(String... arguments) throws IOException {
    String[] command = new String[arguments.length + 1];
    command[0] = "stty";
    System.arraycopy(arguments, 0, command, 1, arguments.length);
    // Standard input may be a file; then the terminal is still the one that this process has.
    ProcessBuilder.Redirect terminal =
        is(0)
            ? ProcessBuilder.Redirect.INHERIT
            : ProcessBuilder.Redirect.from(new java.io.File("/dev/tty"));
    Process process = new ProcessBuilder(command).redirectInput(terminal).start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  @Override
  public void close() throws IOException {
    stty(saved);
  }
}
