package graft.cli.verb;

import java.io.IOException;

/// Asks before something is lost, unless `--force` answers.
public final class Confirm {
  private Confirm() {}

  public static boolean ask(Line line, String warning) throws IOException {
    if (line.flag("--force")) {
      return true;
    }
    System.out.print("WARNING! " + warning + "\nAre you sure you want to continue? [y/N] ");
    System.out.flush();
    StringBuilder answer = new StringBuilder();
    for (int c = System.in.read(); c >= 0 && c != '\n'; c = System.in.read()) {
      answer.append((char) c);
    }
    String text = answer.toString().strip();
    return text.equalsIgnoreCase("y") || text.equalsIgnoreCase("yes");
  }
}
