package graft.build.run;

import graft.build.BuildClient;
import graft.build.BuildEvent;
import graft.build.BuildRequest;
import graft.build.Builds;
import graft.build.CacheSource;
import graft.build.RequestBuilder;
import graft.build.source.FileSource;
import graft.build.source.RootSource;
import graft.engine.BusyboxTar;
import graft.engine.Engine;
import graft.engine.EngineConfig;
import graft.images.Growth;
import graft.images.ImageRecord;
import graft.oci.Digest;
import graft.oci.Platform;
import graft.oci.Reference;
import graft.snapshot.Snapshotter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/// An engine with a base image, and builds on it: the real runc and overlayfs.
public final class BuildLab implements AutoCloseable {
  private final Path dir;
  private final UnaryOperator<EngineConfig> config;
  private Engine engine;
  private EngineBuilds.Limits limits = EngineBuilds.Limits.DEFAULT;

  /// Of the last build.
  final List<BuildEvent> events = Collections.synchronizedList(new ArrayList<>());

  public BuildLab(Path dir) throws Exception {
    this(dir, UnaryOperator.identity());
  }

  /// @param config of the engine
  public BuildLab(Path dir, UnaryOperator<EngineConfig> config) throws Exception {
    this.dir = dir;
    this.config = config;
    open();
    engine
        .images()
        .importTar(
            new Growth.Import(
                Optional.of(Reference.parse("busybox:1")),
                "",
                List.of("CMD [\"sh\"]", "ENV PATH=/bin"),
                Platform.host()),
            new ByteArrayInputStream(BusyboxTar.make()));
  }

  /// After the engine was closed.
  public void reopen() throws IOException {
    open();
  }

  private void open() throws IOException {
    engine =
        Engine.open(
            config.apply(
                EngineConfig.at(dir.resolve("data"), dir.resolve("run")).withBuilds(limits)));
  }

  /// Opens the engine with other ones.
  void limits(EngineBuilds.Limits other) throws IOException {
    limits = other;
    restart();
  }

  public void restart() throws IOException {
    engine.close();
    open();
  }

  public Engine engine() {
    return engine;
  }

  FakeClient client() {
    return new FakeClient(engine.builds().files());
  }

  static BuildRequest request() {
    return new RequestBuilder().make();
  }

  static BuildRequest caches(BuildRequest r, CacheSource... from) {
    return new BuildRequest(
        r.id(),
        r.context(),
        r.contexts(),
        r.dockerfile(),
        r.target(),
        r.arguments(),
        r.labels(),
        r.platforms(),
        r.noCache(),
        r.pull(),
        r.run(),
        r.annotations(),
        r.sourceDateEpoch(),
        r.attestations(),
        new BuildRequest.Caches(List.of(from), false));
  }

  /// Builds, and keeps it under no name.
  ImageRecord build(BuildClient client, BuildRequest request) throws Exception {
    events.clear();
    try (Builds.Result result = engine.builds().build(request, client, events::add)) {
      return result.store(List.of(), events::add);
    }
  }

  /// Builds of these files and keeps it under a name.
  public ImageRecord build(String name, String dockerfile, Map<String, String> files)
      throws Exception {
    FakeClient client = client().file("Dockerfile", dockerfile);
    for (Map.Entry<String, String> file : files.entrySet()) {
      client.file(file.getKey(), file.getValue());
    }
    events.clear();
    try (Builds.Result result = engine.builds().build(request(), client, events::add)) {
      return result.store(List.of(Reference.parse(name)), events::add);
    }
  }

  ImageRecord build(FakeClient client, String dockerfile) throws Exception {
    return build(client.file("Dockerfile", dockerfile), request());
  }

  /// The files of an image: type, mode, owner, and content or target.
  public Map<String, String> tree(ImageRecord image) throws Exception {
    Map<String, String> all = new TreeMap<>();
    try (Snapshotter.View view = engine.snapshots().view(image.topFirst());
        FileSource files = RootSource.open(view.root(), () -> {})) {
      walk(files, "", all);
    }
    return all;
  }

  private static void walk(FileSource files, String path, Map<String, String> all)
      throws IOException {
    for (String name : files.list(path)) {
      String child = path.isEmpty() ? name : path + "/" + name;
      FileSource.Node n = files.stat(child).orElseThrow();
      String text = Integer.toOctalString(n.mode()) + " " + n.uid() + ":" + n.gid();
      switch (n.kind()) {
        case FILE -> {
          try (var in = files.open(child)) {
            byte[] head = in.readNBytes(1000);
            all.put(
                "/" + child,
                text + (n.size() > 1000 ? "" : " " + new String(head, StandardCharsets.UTF_8)));
          }
        }
        case SYMLINK -> all.put("/" + child, "-> " + n.link());
        case DIRECTORY -> {
          all.put("/" + child, text + " /");
          walk(files, child, all);
        }
        case CHAR, BLOCK, FIFO -> all.put("/" + child, text + " " + n.kind());
      }
    }
  }

  /// What a RUN of the last build printed.
  String output() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    synchronized (events) {
      for (BuildEvent e : events) {
        if (e instanceof BuildEvent.Output o) {
          out.writeBytes(o.bytes());
        }
      }
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  /// Why steps of the last build were not taken from the cache.
  List<String> reasons() {
    synchronized (events) {
      return events.stream()
          .filter(BuildEvent.Explained.class::isInstance)
          .map(e -> ((BuildEvent.Explained) e).reason())
          .toList();
    }
  }

  /// Where a file of a context is kept.
  Path content(String text) throws IOException {
    return engine
        .builds()
        .files()
        .find(Digest.of(text.getBytes(StandardCharsets.UTF_8)))
        .orElseThrow();
  }

  /// Names of the steps of the last build, with ` CACHED` where nothing was done.
  List<String> steps() {
    Map<Digest, String> names = new HashMap<>();
    List<String> all = new ArrayList<>();
    synchronized (events) {
      for (BuildEvent e : events) {
        if (e instanceof BuildEvent.Started s) {
          names.put(s.vertex(), s.name());
        }
        if (e instanceof BuildEvent.Completed c
            && !names.getOrDefault(c.vertex(), "").startsWith("[internal")) {
          all.add(names.get(c.vertex()) + (c.cached() ? " CACHED" : ""));
        }
      }
    }
    return all;
  }

  @Override
  public void close() throws IOException {
    for (String key : engine.snapshots().list()) {
      engine.snapshots().remove(key);
    }
    engine.close();
  }
}
