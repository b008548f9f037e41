package graft.cli.tree;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.json.Json;
import graft.cli.output.Style;
import graft.cli.output.Table;
import graft.cli.stream.Terminal;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// `graft scan`: what is known to be wrong with an image.
final class Scan implements Verb {
  /// As of grype: findings are another thing than a scan that failed.
  private static final int FOUND = 2;

  private static final List<String> SEVERITIES =
      List.of("unknown", "low", "medium", "high", "critical");

  /// By the word for it: what the engine calls it.
  private static final Map<String, String> DOCUMENTS =
      Map.of(
          "json",
          "trivy",
          "sarif",
          "sarif",
          "cyclonedx",
          "cyclonedx",
          "spdx",
          "spdx",
          "graft",
          "graft");

  @Override
  public Options options() {
    return new Options("scan", "Say what is known to be wrong with the packages of an image")
        .arguments(1, 1, "IMAGE")
        .value(
            "FORMAT",
            "table, json (as trivy's), sarif, cyclonedx, spdx, or graft (all that is known)",
            "--format")
        .value("LIST", "Only these severities, as 'critical,high'", "--severity")
        .value("SEVERITY", "Exit with 2 if anything this bad or worse is listed", "--fail-on")
        .flag("Only what the image itself brought in", "--only-own", "--exclude-base")
        .flag("Only what has a fix", "--ignore-unfixed", "--only-fixed")
        .value(
            "FILE", "A file of vulnerabilities to ignore, one a line", "--ignore", "--ignorefile")
        .value("FILE", "Count an OpenVEX or CSAF document too", "--vex")
        .details(
            """
            Needs advisories: 'graft db import'. No network is asked.

            ORIGIN is the image that brought the vulnerability in, be it in an older version of the
            package; CARRIER is the image whose layer has the package as it is now. Where they
            differ, fixing the origin alone does not help. A vulnerability is listed once for all
            packages that were built of the same source.

            --format json is read by tools that read trivy's: Layer.DiffID is the carrier, and
            "Graft" of each entry has both places. What --ignore, --vex or imported VEX documents
            say is none is neither listed nor counted by --fail-on.\
            """)
        .example("graft scan my/web", "all of it, worst first")
        .example("graft scan --only-own --fail-on high my/web", "what a team answers for itself")
        .example("graft scan --format sarif my/web > my-web.sarif", "for a code hosting site");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String format = line.text("--format", "table");
    if (!format.equals("table") && !DOCUMENTS.containsKey(format)) {
      throw line.refuse(
          "--format is table, json, sarif, cyclonedx, spdx or graft, not '" + format + "'");
    }
    String least = line.text("--fail-on").toLowerCase(Locale.ROOT);
    if (!least.isEmpty() && !SEVERITIES.contains(least)) {
      throw line.refuse(
          "--fail-on is critical, high, medium, low or unknown, not '"
              + line.text("--fail-on")
              + "'");
    }
    Json found = ask(line, engine, "graft");
    if (format.equals("table")) {
      table(line.argument(0), found);
    } else {
      System.out.println(
          (format.equals("graft")
                  ? found
                  : ask(line, engine, DOCUMENTS.getOrDefault(format, format)))
              .pretty());
    }
    System.out.flush();
    if (SEVERITIES.indexOf(least) > 0) {
      sayUnknown(found, least);
    }
    return !least.isEmpty() && worst(found) >= SEVERITIES.indexOf(least) ? FOUND : 0;
  }

  private static Json ask(Line line, Engine engine, String format) throws IOException {
    String vex = line.text("--vex");
    String path =
        "/graft/v1/lineage/images/"
            + Engine.encode(line.argument(0))
            + "/findings"
            + Engine.query(
                "format",
                format,
                "own",
                line.flag("--only-own") ? "1" : "",
                "fixable",
                line.flag("--ignore-unfixed") ? "1" : "",
                "severity",
                line.text("--severity"),
                "ignore",
                String.join(",", ignored(line.text("--ignore"))),
                "file",
                vex);
    if (vex.isEmpty()) {
      return engine.get(path);
    }
    Path file = Path.of(vex);
    readable(file);
    Body body = new Body("application/json", -1, out -> Files.copy(file, out));
    try (Reply reply = engine.send("POST", path, body)) {
      return reply.json();
    }
  }

  private static void readable(Path file) throws IOException {
    if (!Files.isReadable(file)) {
      throw new IOException(
          "open " + file + ": " + (Files.exists(file) ? "permission denied" : "no such file"));
    }
  }

  /// The first word of each line; what follows `#` is a remark. As of a `.trivyignore`.
  private static List<String> ignored(String name) throws IOException {
    if (name.isEmpty()) {
      return List.of();
    }
    Path file = Path.of(name);
    readable(file);
    List<String> all = new ArrayList<>();
    for (String text : Files.readAllLines(file)) {
      String word = text.replaceFirst("#.*", "").strip().replaceFirst("\\s.*", "");
      if (!word.isEmpty()) {
        all.add(word);
      }
    }
    return all;
  }

  private static int worst(Json found) {
    return open(found).stream()
        .mapToInt(f -> SEVERITIES.indexOf(f.at("severity").text()))
        .max()
        .orElse(-1);
  }

  /// Sources may say of nothing how bad it is; then no gate ever closes.
  private static void sayUnknown(Json found, String least) {
    long unknown =
        open(found).stream().filter(f -> f.at("severity").text().equals("unknown")).count();
    if (unknown > 0) {
      System.err.println(
          "graft: nobody says how bad "
              + unknown
              + " of these are; --fail-on "
              + least
              + " passes them over ('--fail-on unknown' would not)");
    }
  }

  private static List<Json> open(Json found) {
    return found.at("findings").items().stream().filter(f -> f.at("suppressed").isNull()).toList();
  }

  private static void table(String image, Json found) {
    List<Json> open = open(found);
    Style style = Style.of(Terminal.is(1));
    Table table =
        new Table(
            "Vulnerability=VULNERABILITY",
            "Severity=SEVERITY",
            "Package=PACKAGE",
            "Installed=INSTALLED",
            "Fixed=FIXED",
            "Origin=ORIGIN",
            "Carrier=CARRIER");
    for (Json one : open) {
      List<Json> packages = one.at("packages").items();
      List<String> carriers =
          packages.stream().map(p -> Places.called(p.at("carrier"))).distinct().toList();
      table.add(
          one.at("id").text(),
          one.at("severity").text(),
          packages(one),
          one.at("installed").text(),
          one.at("fixed").isNull() ? "-" : one.at("fixed").text(),
          Places.called(one.at("origin")),
          String.join(", ", carriers));
    }
    if (!table.isEmpty()) {
      System.out.print(table.render(""));
      System.out.println();
    }
    long suppressed = found.at("findings").items().size() - (long) open.size();
    System.out.println(
        style.bold(image)
            + ": "
            + Places.counts(found.at("counts", "here"))
            + " here, "
            + Places.counts(found.at("counts", "inherited"))
            + " inherited"
            + (suppressed > 0 ? ", " + suppressed + " that are none by VEX" : "")
            + (found.at("ignored").number() > 0
                ? ", " + found.at("ignored").number() + " ignored"
                : "")
            + "  "
            + style.dim("(critical/high/medium/low/unknown)"));
    System.out.flush();
    remarks(found);
  }

  private static String packages(Json finding) {
    Set<String> names = new LinkedHashSet<>();
    finding.at("packages").items().forEach(p -> names.add(p.at("name").text()));
    String source = finding.at("source").text();
    String all = String.join(", ", names);
    return names.contains(source) ? all : all + " (" + source + ")";
  }

  /// What a table that is short because little was known would hide.
  private static void remarks(Json found) {
    List<String> unknown = found.at("unknown").texts();
    if (!unknown.isEmpty()) {
      System.err.println(
          "graft: the database has no advisories for "
              + String.join(", ", unknown)
              + ": that nothing was found there means nothing ('graft db import')");
    }
    List<Json> skipped = found.at("skipped").items();
    if (!skipped.isEmpty()) {
      Json first = skipped.getFirst();
      System.err.println(
          "graft: "
              + skipped.size()
              + " files were not read, there may be more packages; for example "
              + (first.at("path").isEmpty() ? "a layer" : first.at("path").text())
              + ": "
              + first.at("reason").text());
    }
  }
}
