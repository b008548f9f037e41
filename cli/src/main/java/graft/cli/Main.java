package graft.cli;

import graft.cli.command.Line;
import graft.cli.command.Options;
import graft.cli.command.UsageException;
import graft.cli.command.Verb;
import graft.cli.http.ApiException;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;

/// The `graft` command: finds the verb, reads its line, runs it, and turns whatever goes wrong into
/// one line that says what to do.
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    PrintStream out =
        new PrintStream(
            new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 8192),
            false,
            StandardCharsets.UTF_8);
    System.setOut(out);
    int code = run(arguments);
    out.flush();
    if (Boolean.getBoolean("graft.training")) {
      System.exit(code); // the start-up cache is written by an orderly exit only
    }
    // Streams to the container may still be read by a thread that nobody can interrupt.
    Runtime.getRuntime().halt(code);
  }

  static int run(String[] arguments) {
    Deque<String> words = new ArrayDeque<>(List.of(arguments));
    Target target = new Target(System.getenv());
    boolean debug = false;
    while (!words.isEmpty() && words.peek().startsWith("-")) {
      String word = words.pop();
      switch (word) {
        case "--debug", "-D" -> debug = true;
        case "-h", "--help" -> words.push("help");
        case "-v", "--version" -> words.push("version");
        default -> {
          if (!target.takes(word, words)) {
            return fail("there is no option " + word + "; 'graft --help' lists what there is", 125);
          }
        }
      }
    }
    String name = words.isEmpty() ? "help" : words.pop();
    int misuse = 1;
    try {
      if (name.equals("help") && words.isEmpty()) {
        System.out.print(Help.TEXT);
        return 0;
      }
      if (name.equals("help")) {
        name = words.pop();
        words.clear();
        words.push("--help");
      }
      if (Verbs.isGroup(name)) {
        name = words.isEmpty() ? name : Verbs.inGroup(name, words.pop());
      }
      @Nullable Verb verb = Verbs.find(name);
      if (verb == null) {
        return fail("there is no verb '" + name + "'" + Verbs.suggestion(name), 1);
      }
      misuse = name.equals("run") || name.equals("create") ? 125 : 1;
      Options options = verb.options(name);
      CommandLine line = new CommandLine(options.spec());
      line.setUnmatchedArgumentsAllowed(false);
      CommandLine.ParseResult parsed = line.parseArgs(words.toArray(new String[0]));
      if (parsed.matchedOptionValue("--help", false)) {
        System.out.print(line.getUsageMessage(CommandLine.Help.Ansi.OFF));
        return 0;
      }
      return verb.run(new Line(name, parsed), target.engine());
    } catch (UsageException e) {
      trace(debug, e);
      return fail(e.getMessage() + "; see 'graft " + e.verb() + " --help'", misuse);
    } catch (CommandLine.ParameterException e) {
      trace(debug, e);
      return fail(e.getMessage() + "; see 'graft " + name + " --help'", misuse);
    } catch (ApiException e) {
      trace(debug, e);
      return fail(e.getMessage(), misuse);
    } catch (IOException | RuntimeException e) {
      trace(debug, e);
      return fail(e.getMessage() == null ? e.toString() : e.getMessage(), misuse);
    }
  }

  private static void trace(boolean debug, Throwable e) {
    if (debug) {
      e.printStackTrace(System.err);
    }
  }

  private static int fail(@Nullable String message, int code) {
    System.out.flush();
    System.err.println("graft: " + message);
    return code;
  }
}
