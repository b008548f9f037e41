package graft.cli.build;

import graft.build.dockerfile.Location;
import graft.cli.http.Reply;
import graft.cli.json.Json;
import graft.cli.output.Style;
import graft.cli.stream.Terminal;
import graft.cli.verb.Line;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads the engine's answer to a build and shows it: progress while it lasts, then warnings with
/// their places, then the result or why there is none.
final class Report {
  private final Line line;
  private final String call;
  private final Input input;
  private final Results results;
  private final Questions questions;
  private final Style style = Style.of(Terminal.is(2));
  private final List<Event.Warned> warnings = new ArrayList<>();

  /// The image of what a failed step left; empty if there is none.
  private String left = "";

  Report(Line line, String call, Input input, Results results, Questions questions) {
    this.line = line;
    this.call = call;
    this.input = input;
    this.results = results;
    this.questions = questions;
  }

  /// @return the exit code
  int show(Reply reply) throws IOException {
    Answer answer = new Answer(new BufferedInputStream(reply.body(), 64 << 10));
    Json last;
    PrintStream terminal = System.err; // which stays open
    try (Progress progress = Progress.of(line, terminal)) {
      last = hear(answer, progress);
    }
    return last.has("error") ? failed(last) : done(last.at("result"));
  }

  /// Until the last line.
  private Json hear(Answer answer, Progress progress) throws IOException {
    while (true) {
      Json next = answer.next();
      if (next.has("export")) {
        String platform = next.at("platform").text();
        try (InputStream tar = answer.export(next, between -> tell(between, progress))) {
          results.files(
              (int) next.at("export").number(),
              line.text("--platform").contains(",") ? platform : "",
              tar);
        }
      } else if (next.has("result") || next.has("error") && !next.has("event")) {
        return next;
      } else {
        tell(next, progress);
      }
    }
  }

  private void tell(Json next, Progress progress) {
    if (next.has("build")) {
      questions.of(next.at("build").text());
    } else if (next.has("ask")) {
      questions.ask(next);
    } else if (next.has("event")) {
      Event.of(next)
          .ifPresent(event -> {
            if (event instanceof Event.Warned warned) {
              warnings.add(warned);
            }
            if (event instanceof Event.Kept kept) {
              left = kept.image();
            }
            progress.hear(event);
          });
    }
  }

  /// With the path that the user knows it by.
  private String snippet(Location place) {
    return place.file().equals(input.dockerfile())
        ? new Location(input.shown(), place.data(), place.lines()).snippet()
        : place.snippet();
  }

  private boolean quiet() {
    String form = line.text("--progress");
    return line.flag("--quiet") || form.equals("quiet") || form.equals("rawjson");
  }

  // ---- how it ended

  private int failed(Json last) {
    if (!quiet()) {
      warn();
    }
    System.err.print(snippet(Event.place(last)));
    System.err.println(style.red("graft: build failed: ") + last.at("error").text());
    if (!left.isEmpty() && !line.flag("--quiet")) {
      System.err.println("To look at what the step left: graft run --rm -it " + left);
    }
    return 1;
  }

  /// What a failed step left, as an image; empty if nothing is there.
  String left() {
    return left;
  }

  private int done(Json result) throws IOException {
    if (!call.equals("build")) {
      return called(result);
    }
    if (!quiet()) {
      warn();
    }
    boolean same = verified(result.at("differences").items());
    String id = results.finish(result);
    if (!id.isEmpty() && !results.toStandardOutput()) {
      System.out.println(id);
    }
    return same ? 0 : 1;
  }

  /// Tells what differs between two builds, step by step.
  private boolean verified(List<Json> differences) {
    if (!line.flag("--verify")) {
      return true;
    }
    if (differences.isEmpty()) {
      System.err.println(style.green("Both builds made the same, to the last byte."));
      return true;
    }
    String step = "";
    System.err.println(style.red("The two builds differ:"));
    for (Json one : differences) {
      if (!one.at("step").text().equals(step)) {
        step = one.at("step").text();
        System.err.println(style.bold(step));
      }
      String path = one.at("path").text();
      System.err.println("  " + (path.isEmpty() ? "" : path + "  ") + one.at("what").text());
    }
    if (differences.stream().anyMatch(d -> d.at("what").text().startsWith("time: "))) {
      System.err.println(
          "Times are those of the source with --build-arg SOURCE_DATE_EPOCH=SECONDS.");
    }
    return false;
  }

  private int called(Json result) throws IOException {
    boolean json = "json".equals(Keys.of(line, "--call", line.text("--call")).get("format"));
    boolean failed = result.at("failed").truth();
    Json answer = Json.parse(result.at("json").text());
    if (json) {
      // Two blanks, as docker has them.
      System.out.println(
          Pattern.compile("^( *)\\1(?! )", Pattern.MULTILINE)
              .matcher(answer.pretty())
              .replaceAll("$1"));
    } else if (!call.equals("check")) {
      System.out.print(result.at("text").text());
    } else {
      System.out.print(checked(result, answer));
      Json error = answer.at("buildError");
      if (!error.isEmpty()) {
        System.out.flush();
        System.err.println(style.red("graft: ") + error.at("message").text());
      }
    }
    return failed ? 1 : 0;
  }

  /// As docker prints it.
  private String checked(Json result, Json answer) {
    int count = answer.at("warnings").items().size();
    boolean failed = !answer.at("buildError").isEmpty();
    if (count == 0) {
      return failed ? "" : "Check complete, no warnings found.\n";
    }
    String found = count == 1 ? "1 warning has" : count + " warnings have";
    String text =
        Pattern.compile("^" + Pattern.quote(input.dockerfile()) + "(?=:[0-9]+$)", Pattern.MULTILINE)
            .matcher(result.at("text").text())
            .replaceAll(Matcher.quoteReplacement(input.shown()));
    return "Check complete, " + found + " been found!\n" + text + (failed ? "\n" : "");
  }

  private void warn() {
    if (warnings.isEmpty()) {
      return;
    }
    int count = warnings.size();
    System.err.println();
    System.err.println(
        style.yellow(" " + (count == 1 ? "1 warning" : count + " warnings") + " found:"));
    warnings.stream()
        .sorted(Comparator.comparingInt(Event.Warned::line))
        .forEach(w -> {
          System.err.println();
          System.err.println(
              style.yellow("WARNING: " + w.rule()) + (w.url().isEmpty() ? "" : " - " + w.url()));
          System.err.println(w.detail());
          System.err.print(snippet(w.place()));
        });
  }
}
