package graft.cli.tree;

import graft.cli.http.Body;
import graft.cli.http.Engine;
import graft.cli.http.Reply;
import graft.cli.json.Json;
import graft.cli.stream.Terminal;
import graft.cli.verb.Line;
import graft.cli.verb.Listing;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// `graft db import`.
final class DbImport implements Verb {
  @Override
  public Options options() {
    return new Options("db import", "Bring in advisories from files")
        .arguments(1, -1, "FILE|DIRECTORY|-...")
        .value("NAME", "What to call the source; the name of the file if it is one", "--source")
        .flag("Add to what the source has, instead of replacing it", "--add")
        .flag("Print what the engine answered, as one JSON document", "--json")
        .details(
            """
            Reads OSV records (JSON, a line each, or YAML), the JSON of Debian's security tracker,
            Alpine's secdb (JSON or YAML), and OpenVEX and CSAF documents, which say where a
            vulnerability is none. Each in a file, or many of them in a directory, zip or tar,
            compressed or not. Formats are told by the contents, and no network is needed.

            What is imported under a name takes the place of what was there. Records that are not
            used are counted with their reasons. If nothing can be used, nothing is changed.\
            """)
        .example("graft db import all.zip --source osv-debian", "an export of osv.dev")
        .example(
            "graft db import main.json community.json --source alpine", "two files, one source")
        .example("curl -s URL | graft db import --source tracker -", "from a pipe");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    List<String> files = line.arguments();
    String source = line.text("--source");
    if (source.isEmpty()) {
      if (files.size() > 1 || files.getFirst().equals("-")) {
        throw line.refuse("more than one file, or standard input, need a name: --source NAME");
      }
      source = name(files.getFirst());
    }
    String query =
        Engine.query(
            "source", source,
            "add", line.flag("--add") ? "1" : "",
            "file", files.size() == 1 && !files.getFirst().equals("-") ? files.getFirst() : source);
    Json answer;
    try (Reply reply = engine.send("POST", "/graft/v1/lineage/db" + query, body(files))) {
      answer = reply.json();
    }
    if (!Listing.raw(line, answer)) {
      print(answer.at("imported"));
    }
    return 0;
  }

  /// `alpine-3.19` of `/tmp/alpine-3.19.json.gz`.
  private static String name(String file) throws IOException {
    String name = Path.of(file).toRealPath().getFileName().toString();
    return name.replaceFirst(
            "(?i)(\\.osv)?\\.(json|jsonl|ndjson|ya?ml|zip|tar|tgz|gz)(\\.gz)?$", "")
        .replaceAll("[^A-Za-z0-9._-]", "-")
        .replaceFirst("^[^A-Za-z0-9]+", "");
  }

  private static Body body(List<String> arguments) throws IOException {
    if (arguments.equals(List.of("-"))) {
      if (Terminal.is(0)) {
        throw new IOException("advisories do not come from a terminal; name a file or use a pipe");
      }
      return new Body("application/octet-stream", -1, System.in::transferTo);
    }
    List<Path> paths = new ArrayList<>();
    for (String argument : arguments) {
      Path path = Path.of(argument);
      if (!Files.isReadable(path)) {
        throw new IOException(
            "open "
                + argument
                + ": "
                + (Files.exists(path) ? "permission denied" : "no such file"));
      }
      paths.add(path);
    }
    if (paths.size() == 1 && Files.isRegularFile(paths.getFirst())) {
      return new Body("application/octet-stream", -1, out -> Files.copy(paths.getFirst(), out));
    }
    return new Body("application/zip", -1, out -> zip(paths, out));
  }

  private static void zip(List<Path> paths, OutputStream out) throws IOException {
    ZipOutputStream zip = new ZipOutputStream(out);
    // The way is a socket of this machine.
    zip.setLevel(1);
    for (int i = 0; i < paths.size(); i++) {
      Path top = paths.get(i);
      // Two files may have the same name.
      String before = paths.size() == 1 ? "" : i + 1 + "/";
      Files.walkFileTree(
          top.toRealPath(),
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path at, BasicFileAttributes attributes) {
              return at.endsWith(".git") ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path at, BasicFileAttributes attributes)
                throws IOException {
              if (attributes.isRegularFile()) {
                Path name = top.toRealPath().relativize(at);
                zip.putNextEntry(
                    new ZipEntry(before + (name.toString().isEmpty() ? at.getFileName() : name)));
                Files.copy(at, zip);
                zip.closeEntry();
              }
              return FileVisitResult.CONTINUE;
            }
          });
    }
    // Not closed, since the connection goes on.
    zip.finish();
  }

  private static void print(Json source) {
    System.out.println(
        source.at("name").text()
            + ": "
            + source.at("records").text()
            + " records with "
            + source.at("statements").text()
            + " statements ("
            + String.join(", ", source.at("formats").texts())
            + ")");
    source
        .at("skipped")
        .fields()
        .forEach((reason, count) -> System.out.println("not used: " + count.text() + " " + reason));
    System.out.flush();
    List<String> examples = source.at("examples").texts();
    if (!examples.isEmpty()) {
      System.err.println("graft: for example " + examples.getFirst());
    }
  }
}
