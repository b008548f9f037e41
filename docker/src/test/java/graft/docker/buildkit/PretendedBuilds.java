package graft.docker.buildkit;

import graft.build.BuildClient;
import graft.build.BuildEvent;
import graft.build.BuildException;
import graft.build.BuildRequest;
import graft.build.BuildRequest.Source;
import graft.build.Builds;
import graft.build.CacheExport;
import graft.build.FilesForm;
import graft.build.ImageExport;
import graft.build.ImageForm;
import graft.build.Recipes;
import graft.build.dockerfile.Analysis;
import graft.build.dockerfile.Base;
import graft.build.dockerfile.CallResult;
import graft.build.dockerfile.Dockerfile;
import graft.build.dockerfile.DockerfileException;
import graft.build.dockerfile.Ignore;
import graft.build.dockerfile.Lines;
import graft.build.dockerfile.Location;
import graft.build.dockerfile.Warning;
import graft.build.source.FileStore;
import graft.build.source.FileTree;
import graft.image.Attestation;
import graft.image.Bundle;
import graft.images.ImageRecord;
import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.oci.Platform;
import graft.oci.Reference;
import graft.recipe.Recipe;
import graft.registry.Credentials;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/// Builds that run nothing. They read their Dockerfile from the client, get the files that a COPY
/// names, and do a few things that a RUN asks for: `say TEXT`, `fail`, `wait`, `secret ID`, `agent
/// ID`.
final class PretendedBuilds implements Builds {
  private final DirectoryFiles files;
  final List<BuildRequest> requests = new CopyOnWriteArrayList<>();
  final List<FileTree> contexts = new CopyOnWriteArrayList<>();
  final List<String> said = new CopyOnWriteArrayList<>();
  final Map<String, ImageRecord> images = new ConcurrentHashMap<>();
  final Map<String, Made> held = new ConcurrentHashMap<>();
  final List<Usage> usages = new CopyOnWriteArrayList<>();
  final List<String> pruned = new CopyOnWriteArrayList<>();
  byte[] tar = new byte[0];
  volatile boolean interrupted;

  PretendedBuilds(DirectoryFiles files) {
    this.files = files;
  }

  @Override
  public FileStore files() {
    return files;
  }

  @Override
  public Result build(BuildRequest request, BuildClient client, Consumer<BuildEvent> listener)
      throws IOException, InterruptedException {
    requests.add(request);
    return new Run(request, client, listener).run();
  }

  @Override
  public CallResult call(
      BuildRequest request, BuildClient client, String call, Consumer<BuildEvent> listener)
      throws IOException, InterruptedException {
    byte[] data = new Run(request, client, listener).dockerfile().getBytes(StandardCharsets.UTF_8);
    Analysis.Question question =
        new Analysis.Question(
            request.target(),
            true,
            Map.of(),
            Platform.host(),
            Platform.host(),
            Optional.empty(),
            Set.of(),
            Ignore.NOTHING,
            (_, platform) -> Base.scratch(platform));
    try {
      return switch (call) {
        case "check" ->
            CallResult.check(Analysis.of("Dockerfile", data, question), "Dockerfile", data);
        case "outline" ->
            CallResult.outline(
                Analysis.of("Dockerfile", data, question).outline().orElseThrow(), data);
        case "targets" -> CallResult.targets(Dockerfile.parse("Dockerfile", data));
        default -> throw new AssertionError(call);
      };
    } catch (DockerfileException e) {
      throw new BuildException(String.valueOf(e.getMessage()), e.location(), OptionalInt.empty());
    }
  }

  private final class Run {
    private final BuildRequest request;
    private final BuildClient client;
    private final Consumer<BuildEvent> listener;

    Run(BuildRequest request, BuildClient client, Consumer<BuildEvent> listener) {
      this.request = request;
      this.client = client;
      this.listener = listener;
    }

    Result run() throws IOException, InterruptedException {
      for (Source source : request.contexts().values()) {
        if (source instanceof Source.Result(String id) && !held.containsKey(id)) {
          throw new IOException("the result " + id + " is not held");
        }
      }
      String text = dockerfile();
      List<String> lines = text.lines().toList();
      for (int i = 0; i < lines.size(); i++) {
        step(lines, i, text);
      }
      Made made = new Made(listener);
      held.put(made.id(), made);
      return made;
    }

    private interface Work {
      void run(Digest vertex) throws IOException, InterruptedException;
    }

    private void vertex(String name, Work work) throws IOException, InterruptedException {
      Digest id = Digest.of(UUID.randomUUID().toString().getBytes(StandardCharsets.UTF_8));
      listener.accept(new BuildEvent.Started(id, Instant.now(), name, List.of()));
      try {
        work.run(id);
      } catch (InterruptedException e) {
        interrupted = true;
        listener.accept(new BuildEvent.Failed(id, Instant.now(), "canceled", true));
        throw e;
      } catch (BuildException e) {
        listener.accept(
            new BuildEvent.Failed(id, Instant.now(), String.valueOf(e.getMessage()), false));
        throw e;
      }
      listener.accept(new BuildEvent.Completed(id, Instant.now(), name.contains("cached")));
    }

    private String dockerfile() throws IOException, InterruptedException {
      String path = request.dockerfile().path();
      Source source = request.dockerfile().source().orElse(request.context());
      FileTree[] tree = {FileTree.EMPTY};
      vertex(
          "[internal] load build definition from " + path,
          id -> {
            Instant start = Instant.now();
            tree[0] =
                files(source, new BuildClient.Selection(List.of(), List.of(path)), id, start)
                    .orElseThrow(() -> new IOException("no Dockerfile"));
          });
      if (!(tree[0].entries().get(path) instanceof FileTree.File file)) {
        throw new IOException(
            "failed to read dockerfile: open " + path + ": no such file or directory");
      }
      return files.text(file.content());
    }

    private Optional<FileTree> files(
        Source source, BuildClient.Selection selection, Digest vertex, Instant start)
        throws IOException, InterruptedException {
      if (!(source instanceof Source.Local(String name))) {
        return Optional.empty();
      }
      long[] bytes = {0};
      Optional<FileTree> tree = client.files(name, selection, n -> bytes[0] = n);
      Instant now = Instant.now();
      listener.accept(
          new BuildEvent.Status(
              vertex, now, "transferring " + name + ":", bytes[0], 0, start, Optional.of(now)));
      return tree;
    }

    private void step(List<String> lines, int i, String text)
        throws IOException, InterruptedException {
      String line = lines.get(i);
      if (line.startsWith("COPY")) {
        vertex(
            "[internal] load build context",
            id ->
                contexts.add(
                    files(
                            request.context(),
                            new BuildClient.Selection(List.of("*.log", "nö*"), List.of()),
                            id,
                            Instant.now())
                        .orElseThrow()));
      } else if (line.startsWith("RUN ")) {
        vertex("[" + (i + 1) + "/" + lines.size() + "] " + line, id -> run(line, i, text, id));
      } else if (line.startsWith("from")) {
        listener.accept(
            new BuildEvent.Warned(
                Digest.of(line.getBytes(StandardCharsets.UTF_8)),
                Instant.now(),
                new Warning(
                    "ConsistentInstructionCasing",
                    "Command 'from' should match the case of the command majority (uppercase)",
                    "All commands should use the same casing",
                    "https://docs.docker.com/go/dockerfile/rule/consistent-instruction-casing/",
                    List.of(new Lines(i + 1, i + 1))),
                new Location("Dockerfile", text.getBytes(StandardCharsets.UTF_8), List.of())));
      }
    }

    private void run(String line, int i, String text, Digest id)
        throws IOException, InterruptedException {
      String[] words = line.split(" ", 3);
      switch (words[1]) {
        case "say" -> say(id, words[2]);
        case "wait" -> {
          say(id, "waiting");
          Thread.sleep(Duration.ofMinutes(5));
        }
        case "secret" ->
            say(
                id,
                new String(
                    client.secret(words[2]).orElse("none".getBytes(StandardCharsets.UTF_8)),
                    StandardCharsets.UTF_8));
        case "agent" -> {
          try (BuildClient.Connection agent = client.sshAgent(words[2]).orElseThrow()) {
            // SSH_AGENTC_REQUEST_IDENTITIES, and an answer of no keys.
            agent.out().write(new byte[] {0, 0, 0, 1, 11});
            say(id, HexFormat.of().formatHex(agent.in().readNBytes(9)));
          }
        }
        case "fail" ->
            throw new BuildException(
                "process \"/bin/sh -c fail\" did not complete successfully: exit code: 7",
                Optional.of(
                    new Location(
                        request.dockerfile().path(),
                        text.getBytes(StandardCharsets.UTF_8),
                        List.of(new Lines(i + 1, i + 1)))),
                OptionalInt.of(7));
        default -> throw new IOException("nobody pretends " + line);
      }
    }

    private void say(Digest id, String text) {
      said.add(text);
      listener.accept(
          new BuildEvent.Output(
              id,
              Instant.now(),
              BuildEvent.Source.STDOUT,
              (text + "\n").getBytes(StandardCharsets.UTF_8)));
    }
  }

  @Override
  public SourceFiles fetch(Source source, BuildClient client, Consumer<BuildEvent> listener) {
    throw new UnsupportedOperationException("nothing is fetched here");
  }

  final class Made implements Result {
    private final String id = UUID.randomUUID().toString();

    Made(Consumer<BuildEvent> listener) {}

    @Override
    public List<Difference> differences(Result other) {
      return List.of();
    }

    @Override
    public Bundle exportCache(
        CacheExport export, Credentials credentials, Taker taker, Consumer<BuildEvent> listener) {
      throw new AssertionError("no cache was asked for");
    }

    @Override
    public String id() {
      return id;
    }

    @Override
    public SortedMap<Platform, byte[]> configs() {
      TreeMap<Platform, byte[]> all =
          new TreeMap<>(java.util.Comparator.comparing(Platform::toString));
      all.put(Platform.host(), "{}".getBytes(StandardCharsets.UTF_8));
      return all;
    }

    @Override
    public List<Attestation> attestations(Platform platform) {
      return List.of();
    }

    @Override
    public ImageRecord store(List<Reference> names, Consumer<BuildEvent> listener) {
      Digest vertex = Digest.of(("export " + id).getBytes(StandardCharsets.UTF_8));
      Instant now = Instant.now();
      listener.accept(new BuildEvent.Started(vertex, now, "exporting to image", List.of()));
      listener.accept(
          new BuildEvent.Status(
              vertex, now, "exporting layers", 0, 0, now, Optional.of(Instant.now())));
      listener.accept(new BuildEvent.Completed(vertex, Instant.now(), false));
      Digest image = Digest.of(id.getBytes(StandardCharsets.UTF_8));
      ImageRecord record =
          new ImageRecord(
              image,
              new Descriptor("application/vnd.oci.image.manifest.v1+json", image, 1),
              List.of(),
              Platform.host(),
              now,
              0,
              Map.of(),
              Optional.empty(),
              Optional.empty(),
              names,
              List.of(),
              List.of(),
              now,
              Optional.empty());
      for (Reference name : names) {
        images.put(name.familiar(), record);
      }
      return record;
    }

    @Override
    public Exported export(
        ImageExport export, Credentials credentials, Consumer<BuildEvent> listener) {
      if (export.push() != ImageExport.Push.NO) {
        throw new UnsupportedOperationException("nothing is pushed here");
      }
      return new Exported(Optional.of(store(export.names(), listener)), Optional.empty());
    }

    @Override
    public void pack(
        List<Reference> names,
        ImageForm form,
        String format,
        Taker taker,
        Consumer<BuildEvent> listener) {
      throw new UnsupportedOperationException("nothing is packed here");
    }

    @Override
    public Recipe.Build recipe(Platform platform) {
      return new Recipe.Build(
          new Recipe.Frontend("dockerfile.v0", "test", Optional.empty()),
          Recipe.Definition.of("Dockerfile", new byte[0], Optional.empty()),
          "",
          platform,
          Map.of(),
          List.of(),
          Map.of(),
          Map.of(),
          new Recipe.Options("", List.of(), List.of(), 0, "", "", 0, 0, 0, 0, 0, "", "", List.of()),
          Optional.empty(),
          List.of(),
          List.of(),
          List.of(),
          List.of(),
          Instant.EPOCH,
          Instant.EPOCH);
    }

    @Override
    public void writeTar(Platform platform, FilesForm form, OutputStream out) throws IOException {
      out.write(tar);
    }

    @Override
    public void writeTars(FilesForm form, OutputStream out) {
      throw new UnsupportedOperationException("there is one platform here");
    }

    @Override
    public void close() {
      held.remove(id);
    }
  }

  @Override
  public Recipes recipes() {
    throw new UnsupportedOperationException("nothing was really built");
  }

  @Override
  public List<Usage> usage() {
    return usages;
  }

  @Override
  public List<Usage> prune(boolean all, Duration unusedFor, long keep) {
    pruned.add(all + " " + unusedFor + " " + keep);
    List<Usage> gone = new ArrayList<>(usages);
    usages.clear();
    return gone;
  }
}
