package graft.cli;

import graft.cli.http.Engine;
import graft.cli.verb.HelpText;
import graft.cli.verb.Line;
import graft.cli.verb.Parser;
import graft.cli.verb.UsageException;
import graft.cli.verb.Verb;
import graft.docker.Host;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The `graft` command: finds the verb, reads its line, runs it, and turns whatever goes wrong into
/// one line that says what to do.
public final class Main {
  private static final Set<String> ABOUT_ENGINES = Set.of("version", "info");

  private final Target target;
  private boolean debug;
  private @Nullable Engine engine;

  private Main(Target target) {
    this.target = target;
  }

  public static void main(String[] arguments) throws Exception {
    PrintStream out =
        new PrintStream(
            new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 8192),
            false,
            StandardCharsets.UTF_8);
    System.setOut(out);
    if (Boolean.getBoolean("graft.training")) {
      Training.run();
      System.exit(0); // the start-up cache is written by an orderly exit only
    }
    int code = run(arguments);
    out.flush();
    // Streams to the container may still be read by a thread that nobody can interrupt.
    Runtime.getRuntime().halt(code);
  }

  private static int run(String[] arguments) {
    return run(new Target(System.getenv()), List.of(arguments));
  }

  static int run(Target target, List<String> words) {
    return new Main(target).all(new ArrayDeque<>(words));
  }

  private int all(Deque<String> words) {
    try {
      options(words);
      String name = words.isEmpty() ? "help" : words.pop();
      if (name.equals("help")) {
        if (words.isEmpty()) {
          System.out.print(Help.TEXT);
          return 0;
        }
        name = words.pop();
        words.addLast("--help");
      }
      if (Verbs.GROUPS.contains(name)) {
        if (words.isEmpty() || words.peek().startsWith("-")) {
          System.out.print(Help.group(name));
          return 0;
        }
        name = Verbs.inGroup(name, words.pop());
      }
      @Nullable Verb verb = Verbs.find(name);
      if (verb == null) {
        return fail("there is no verb '" + name + "'" + Verbs.suggestion(name), 1);
      }
      return run(verb, name, List.copyOf(words));
    } catch (UsageException e) {
      return fail(e.getMessage(), e.code());
    }
  }

  /// Those before the verb.
  private void options(Deque<String> words) {
    while (!words.isEmpty() && words.peek().startsWith("-")) {
      String word = words.pop();
      switch (word) {
        case "--debug", "-D" -> debug = true;
        case "-h", "--help" -> words.push("help");
        case "-v", "--version" -> words.push("version");
        default -> {
          if (!target.takes(word, words)) {
            throw new UsageException(
                "there is no option " + word + "; 'graft --help' lists what there is",
                "",
                UsageException.OPTION);
          }
        }
      }
    }
  }

  private int run(Verb verb, String name, List<String> words) {
    int misuse = name.equals("run") ? UsageException.OPTION : 1;
    try {
      Line line = Parser.parse(verb.options(), words);
      if (line.help()) {
        System.out.print(HelpText.of(verb.options(), Verbs.alsoCalled(name)));
        return 0;
      }
      Engine used = target.engine();
      engine = used;
      int code = verb.run(line, used);
      if (ABOUT_ENGINES.contains(name) || (code != 0 && name.equals("build"))) {
        tellBuilds();
      }
      return code;
    } catch (UsageException e) {
      trace(e);
      String message = String.valueOf(e.getMessage());
      String more = message.endsWith("?") ? "" : "; see 'graft " + e.verb() + " --help'";
      return fail(message + more, e.code());
    } catch (NoSuchFileException e) {
      trace(e);
      return fail("there is no file or directory " + e.getFile(), misuse);
    } catch (AccessDeniedException e) {
      trace(e);
      return fail("not allowed to use " + e.getFile() + "; try as root", misuse);
    } catch (UncheckedIOException e) {
      trace(e);
      return fail(said(e.getCause()), misuse);
    } catch (IOException | RuntimeException e) {
      trace(e);
      int code = fail(said(e), misuse);
      tellBuilds();
      return code;
    }
  }

  /// An engine of before an update may not know what this command asks for.
  private void tellBuilds() {
    Engine used = engine;
    if (used != null) {
      Host host = target.host();
      used.builds()
          .difference(host.toString(), host instanceof Host.Unix)
          .ifPresent(text -> System.err.println("graft: " + text));
    }
  }

  private static String said(@Nullable Throwable e) {
    return e == null || e.getMessage() == null ? String.valueOf(e) : e.getMessage();
  }

  private void trace(Throwable e) {
    if (debug) {
      e.printStackTrace(System.err);
    }
  }

  private static int fail(@Nullable String message, int code) {
    System.out.flush();
    // One line, whatever the engine said.
    String line = String.valueOf(message).strip().replaceAll("\\s*\\R\\s*", " ");
    System.err.println("graft: " + line);
    return code;
  }
}
