package graft.bench;

import graft.cli.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Images that are made, moved and looked into, by name: all are `lab/NAME:1`.
///
/// @param sources of the suite's updates, lines of a sources.list
/// @param work a directory for contexts
record Lab(Cli cli, Api api, ProcessTree engine, String sources, Path work) {
  static Lab of(String graft, String host, String sources) throws IOException {
    return new Lab(
        new Cli(Path.of(graft), host),
        Api.of(host),
        new ProcessTree(Long.parseLong(System.getenv("A_PID"))),
        sources,
        Files.createTempDirectory("lineage"));
  }

  /// What it says of itself, and what it has cost.
  record Timed<T>(T value, double seconds, double cpuSeconds) {}

  interface Work<T> {
    T done() throws IOException, InterruptedException;
  }

  static void say(String format, Object... arguments) {
    System.out.printf(Locale.ROOT, format + "%n", arguments);
    System.out.flush();
  }

  <T> Timed<T> timed(Work<T> work) throws IOException, InterruptedException {
    long cpu = engine.cpuNanos();
    long start = System.nanoTime();
    T value = work.done();
    return new Timed<>(value, (System.nanoTime() - start) / 1e9, (engine.cpuNanos() - cpu) / 1e9);
  }

  static String image(String name) {
    return "lab/" + name + ":1";
  }

  /// @param context further files, by name
  void build(String name, String dockerfile, Map<String, String> context, String... options)
      throws IOException, InterruptedException {
    Path directory = Files.createDirectories(work.resolve(name));
    Files.writeString(directory.resolve("Dockerfile"), dockerfile);
    for (Map.Entry<String, String> file : context.entrySet()) {
      Files.writeString(directory.resolve(file.getKey()), file.getValue());
    }
    List<String> words = new ArrayList<>(List.of("build", "-q", "-t", image(name)));
    words.addAll(List.of(options));
    words.add(directory.toString());
    cli.must(words.toArray(new String[0]));
  }

  /// A base with all updates of its suite: of one layer, as bases are. Nothing if it is there.
  void makeUpdated(String old, String updated) throws IOException, InterruptedException {
    if (cli.run("", "image", "inspect", updated).code() == 0) {
      return;
    }
    build("updated", Dependent.updated(old, sources), Map.of());
    Path tar = work.resolve("base.tar");
    String id = cli.must("create", image("updated")).strip();
    cli.must("export", "-o", tar.toString(), id);
    cli.must("rm", id);
    cli.must("import", "-c", "CMD [\"bash\"]", tar.toString(), updated);
    cli.must("rmi", image("updated"));
    Files.delete(tar);
  }

  Cli.Result inside(String image, String command) throws IOException, InterruptedException {
    return cli.run("", "run", "--rm", "--network", "none", image, "sh", "-c", command);
  }

  ImageFiles files(String image) throws IOException, InterruptedException {
    String id = cli.must("create", "--network", "none", image).strip();
    try {
      return cli.stream(ImageFiles::of, "export", id);
    } finally {
      cli.must("rm", id);
    }
  }

  /// Of all that stands on a base.
  Json plan(String old, String now) throws IOException {
    return plan(Map.of("image", old, "onto", now, "replace", true, "tree", true));
  }

  /// @param what members of the request, but for its kind
  Json plan(Map<String, Object> what) throws IOException {
    Map<String, Object> body = new LinkedHashMap<>(what);
    body.put("kind", "rebase");
    return api.engine().post("/graft/v1/lineage/plans", body);
  }

  static boolean swaps(Json node) {
    return Set.of("proven", "checked", "merge").contains(node.at("verdict").text());
  }
}
