package graft.docker.buildkit;

import graft.build.BuildClient;
import graft.build.BuildException;
import graft.build.BuildRequest;
import graft.build.BuildRequest.Source;
import graft.build.FileStore;
import graft.build.FileTree;
import graft.build.dockerfile.Analysis;
import graft.build.dockerfile.Base;
import graft.build.dockerfile.CallResult;
import graft.build.dockerfile.Directives.Check;
import graft.build.dockerfile.Dockerfile;
import graft.build.dockerfile.DockerfileException;
import graft.build.dockerfile.Ignore;
import graft.build.dockerfile.Outline;
import graft.docker.buildkit.proto.Gateway.Result;
import graft.error.GraftException;
import graft.oci.Platform;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/// What is asked of a Dockerfile without building it: `docker build --call`, `--check`.
final class Calls {
  private static final int LARGEST_IGNORE = 4 << 20;

  private final BuildRequest request;
  private final BuildClient client;
  private final FileStore store;
  private final Base.Bases bases;

  Calls(BuildRequest request, BuildClient client, FileStore store, Base.Bases bases) {
    this.request = request;
    this.client = client;
    this.store = store;
    this.bases = bases;
  }

  /// @param name `frontend.lint`, `frontend.outline` or `frontend.targets`
  Result answer(String name) throws IOException, InterruptedException {
    Source source = request.dockerfile().source().orElse(request.context());
    String file = request.dockerfile().path();
    FileTree tree = tree(source, List.of(file, file + ".dockerignore", lower(file)));
    byte[] data =
        content(tree, file)
            .or(() -> content(tree, lower(file)))
            .map(path -> read(path, file))
            .orElseThrow(() ->
                GraftException.notFound(
                    "failed to read dockerfile: open " + file + ": no such file or directory"));
    try {
      return switch (name) {
        case "frontend.lint" -> lint(CallResult.check(analysis(file, data, tree), file, data));
        case "frontend.outline" ->
            result(CallResult.outline(outline(analysis(file, data, tree)), data));
        case "frontend.targets" -> result(CallResult.targets(Dockerfile.parse(file, data)));
        default -> throw GraftException.invalid("unsupported request " + name);
      };
    } catch (DockerfileException e) {
      throw failed(e);
    }
  }

  private static BuildException failed(DockerfileException e) {
    return new BuildException(String.valueOf(e.getMessage()), e.location(), OptionalInt.empty());
  }

  private static Outline outline(Analysis analysis) {
    if (analysis.error().isPresent()) {
      throw analysis.error().get();
    }
    return analysis.outline().orElseThrow();
  }

  private Analysis analysis(String file, byte[] data, FileTree tree)
      throws IOException, InterruptedException {
    Map<String, String> arguments = new HashMap<>();
    request.arguments().forEach((key, value) -> value.ifPresent(v -> arguments.put(key, v)));
    Platform host = Platform.host();
    return Analysis.of(
        file,
        data,
        new Analysis.Question(
            request.target(),
            request.target().isEmpty(),
            arguments,
            host,
            request.platforms().isEmpty() ? host : request.platforms().getFirst(),
            Optional.ofNullable(arguments.get("BUILDKIT_DOCKERFILE_CHECK")).map(Check::parse),
            request.contexts().keySet(),
            ignore(file, tree),
            bases));
  }

  private Ignore ignore(String file, FileTree beside) throws IOException, InterruptedException {
    Optional<Path> own = content(beside, file + ".dockerignore");
    if (own.isEmpty() && request.context() instanceof Source.Local) {
      own = content(tree(request.context(), List.of(".dockerignore")), ".dockerignore");
    }
    if (own.isEmpty()) {
      return Ignore.NOTHING;
    }
    try (InputStream in = Files.newInputStream(own.get())) {
      return Ignore.parse(new String(in.readNBytes(LARGEST_IGNORE), StandardCharsets.UTF_8));
    }
  }

  private FileTree tree(Source source, List<String> paths)
      throws IOException, InterruptedException {
    if (!(source instanceof Source.Local(String name))) {
      throw GraftException.invalid(
          "a Dockerfile of a remote context cannot be checked yet; build it, or check a copy");
    }
    return client
        .files(name, new BuildClient.Selection(List.of(), paths), _ -> {})
        .orElse(FileTree.EMPTY);
  }

  private Optional<Path> content(FileTree tree, String path) {
    try {
      return tree.entries().get(path) instanceof FileTree.File file
          ? store.find(file.content())
          : Optional.empty();
    } catch (IOException e) {
      throw GraftException.internal("cannot read " + path + ": " + e.getMessage(), e);
    }
  }

  private static byte[] read(Path content, String file) {
    try (InputStream in = Files.newInputStream(content)) {
      return Dockerfile.read(file, in);
    } catch (IOException e) {
      throw GraftException.internal("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private static String lower(String file) {
    int slash = file.lastIndexOf('/') + 1;
    return file.substring(0, slash) + "dockerfile";
  }

  private static Result lint(CallResult call) {
    Result result = result(call);
    result.metadata().put("result.statuscode", bytes(call.failed() ? "1" : "0"));
    return result;
  }

  private static Result result(CallResult call) {
    Map<String, byte[]> metadata = new LinkedHashMap<>();
    metadata.put("result.json", bytes(call.json()));
    metadata.put("result.txt", bytes(call.text()));
    metadata.put("version", bytes(CallResult.VERSION));
    return new Result(Optional.empty(), new LinkedHashMap<>(), metadata);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
