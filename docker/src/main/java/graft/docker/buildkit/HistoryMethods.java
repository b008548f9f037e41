package graft.docker.buildkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import graft.build.BuildEvent;
import graft.build.Builds;
import graft.docker.buildkit.BuildHistory.Attachment;
import graft.docker.buildkit.BuildHistory.Entry;
import graft.docker.buildkit.grpc.Call;
import graft.docker.buildkit.grpc.Failure;
import graft.docker.buildkit.grpc.Service;
import graft.docker.buildkit.proto.Control;
import graft.docker.buildkit.proto.Control.StatusResponse;
import graft.docker.buildkit.proto.Control.Vertex;
import graft.docker.buildkit.proto.Gateway;
import graft.docker.buildkit.proto.History;
import graft.docker.buildkit.proto.History.EventType;
import graft.docker.buildkit.proto.Message;
import graft.docker.buildkit.proto.ProtoWriter;
import graft.error.GraftException;
import graft.image.Attestation;
import graft.oci.Digest;
import graft.oci.Platform;
import graft.recipe.Provenance;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/// Records of builds, for `docker buildx history` and `--metadata-file`: made when builds end,
/// told, changed, and their blobs read.
///
/// Source: BuildKit, solver/llbsolver/history.go, by what clients of it read.
final class HistoryMethods {
  private static final String LOG = "application/vnd.buildkit.status.v0";
  private static final String IN_TOTO = "application/vnd.in-toto+json";
  private static final String PREDICATE = "in-toto.io/predicate-type";
  private static final int CHUNK = 1 << 20;
  private static final int LENGTH = 4;

  /// Of a listener who does not listen.
  private static final int MOST_WAITING = 1000;

  private final BuildHistory history;

  HistoryMethods(BuildHistory history) {
    this.history = history;
  }

  // ---- a build's record

  /// A build that begins. One that clients make to see what an engine can is none.
  void begin(Job job) {
    if (!job.request().internal()) {
      history.begin(entry(job, StatusResponse.EMPTY, Optional.empty(), Map.of(), List.of(), ""));
    }
  }

  interface Work {
    void run() throws IOException, InterruptedException;
  }

  /// A build is not worse for a record that cannot be written; its progress says so.
  private void recording(Job job, Work work) throws InterruptedException {
    if (job.request().internal()) {
      return;
    }
    try {
      work.run();
    } catch (IOException | GraftException e) {
      history.forget(job.request().ref());
      Instant now = Instant.now();
      Digest vertex = Digest.of((job.request().ref() + " record").getBytes(UTF_8));
      job.feed().accept(new BuildEvent.Started(vertex, now, "recording the build", List.of()));
      job.feed().accept(new BuildEvent.Failed(vertex, now, String.valueOf(e.getMessage()), false));
    }
  }

  /// A build that was good.
  ///
  /// @param result empty if it made nothing
  void end(Job job, Optional<Builds.Result> result, Map<String, String> response)
      throws InterruptedException {
    recording(job, () -> good(job, result, response));
  }

  private void good(Job job, Optional<Builds.Result> result, Map<String, String> response)
      throws IOException, InterruptedException {
    Map<String, byte[]> blobs = new LinkedHashMap<>();
    List<Attachment> attachments = new ArrayList<>();
    if (result.isPresent()) {
      List<Platform> platforms = List.copyOf(result.get().configs().keySet());
      for (Platform platform : platforms) {
        Attestation made =
            new Provenance(Provenance.Mode.MAX, Provenance.Version.V02, "", false)
                .attestation(result.get().recipe(platform), job.request().ref());
        attachments.add(
            attachment(
                platforms.size() == 1 ? "" : platform.toString(),
                made.predicateType(),
                made.predicate(),
                blobs));
      }
    }
    keep(job, Optional.empty(), response, attachments, blobs);
  }

  /// A build that failed.
  void failed(Job job, Failure failure) throws InterruptedException {
    recording(
        job,
        () ->
            keep(
                job,
                Optional.of(new BuildHistory.Error(failure.status().code(), failure.text())),
                Map.of(),
                List.of(),
                new LinkedHashMap<>()));
  }

  private void keep(
      Job job,
      Optional<BuildHistory.Error> error,
      Map<String, String> response,
      List<Attachment> attachments,
      Map<String, byte[]> blobs)
      throws IOException {
    StatusResponse said = job.feed().record();
    byte[] message = ProtoWriter.bytes(said);
    byte[] log =
        ByteBuffer.allocate(LENGTH + message.length)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putInt(message.length)
            .put(message)
            .array();
    String digest = Digest.of(log).toString();
    blobs.put(digest, log);
    history.end(entry(job, said, error, response, attachments, digest), blobs);
  }

  private static Attachment attachment(
      String platform, String type, byte[] bytes, Map<String, byte[]> blobs) {
    String digest = Digest.of(bytes).toString();
    blobs.put(digest, bytes);
    return new Attachment(platform, type, digest, bytes.length);
  }

  private static Entry entry(
      Job job,
      StatusResponse said,
      Optional<BuildHistory.Error> error,
      Map<String, String> response,
      List<Attachment> attachments,
      String logs) {
    Control.SolveRequest request = job.request();
    Map<String, String> attributes = new LinkedHashMap<>(request.options());
    // Proxies may have passwords in them.
    attributes.keySet().removeIf(HistoryMethods::isProxy);
    return new Entry(
        request.ref(),
        "",
        attributes,
        request.exporters().stream()
            .map(e -> new BuildHistory.Export(e.type(), e.attributes()))
            .toList(),
        error,
        job.started(),
        logs.isEmpty() ? Optional.empty() : Optional.of(Instant.now()),
        response,
        logs,
        logs.isEmpty() ? 0 : ProtoWriter.bytes(said).length + LENGTH,
        attachments,
        false,
        count(said, Vertex::cached),
        said.vertexes().size(),
        count(said, v -> v.completed().isPresent()),
        said.warnings().size());
  }

  private static int count(StatusResponse said, java.util.function.Predicate<Vertex> which) {
    return (int) said.vertexes().stream().filter(which).count();
  }

  private static boolean isProxy(String attribute) {
    return attribute.toLowerCase(Locale.ROOT).matches("build-arg:[a-z]+_proxy");
  }

  // ---- told

  /// What there is; and then what changes, unless the client has enough of it.
  void listen(Call<History.ListenRequest, History.Event> call) throws InterruptedException {
    History.ListenRequest request =
        call.read()
            .orElseThrow(
                () -> Failure.of(Failure.Code.INVALID_ARGUMENT, "a question without a request"));
    BlockingQueue<History.Event> changes = new LinkedBlockingQueue<>(MOST_WAITING);
    BuildHistory.Listener listener =
        (type, entry) -> {
          if (wanted(request, entry)) {
            // One that reads nothing loses what it has not read, as a slow reader of events does.
            boolean _ = changes.offer(new History.Event(type, message(entry)));
          }
        };
    List<Entry> now = history.listen(listener);
    try {
      // Clients filter by themselves as well; a limit is for what is left then.
      long most = request.limit() <= 0 || request.filtered() ? Long.MAX_VALUE : request.limit();
      for (Entry entry :
          now.stream().filter(e -> wanted(request, e)).limit(most).toList().reversed()) {
        call.write(
            new History.Event(
                entry.completed().isPresent() ? EventType.COMPLETE : EventType.STARTED,
                message(entry)));
      }
      while (!request.earlyExit()) {
        call.write(changes.take());
      }
    } finally {
      history.unlisten(listener);
    }
  }

  private static boolean wanted(History.ListenRequest request, Entry entry) {
    return (request.ref().isEmpty() || request.ref().equals(entry.ref()))
        && (!request.activeOnly() || entry.completed().isEmpty());
  }

  private static History.Record message(Entry e) {
    Map<String, List<History.Descriptor>> attestations = new LinkedHashMap<>();
    for (Attachment a : e.attachments()) {
      attestations
          .computeIfAbsent(a.platform(), _ -> new ArrayList<>())
          .add(new History.Descriptor(IN_TOTO, a.digest(), a.size(), Map.of(PREDICATE, a.type())));
    }
    Map<String, History.ResultInfo> results = new LinkedHashMap<>();
    attestations.forEach((platform, all) -> results.put(platform, new History.ResultInfo(all)));
    return new History.Record(
        e.ref(),
        e.frontend(),
        e.attributes(),
        e.exporters().stream().map(x -> new Control.Exporter(x.type(), x.attributes())).toList(),
        e.error().map(x -> new Gateway.Status(x.code(), x.message(), List.of())),
        e.created(),
        e.completed(),
        e.logs().isEmpty()
            ? Optional.empty()
            : Optional.of(new History.Descriptor(LOG, e.logs(), e.logSize(), Map.of())),
        e.response(),
        results,
        e.pinned(),
        e.cachedSteps(),
        e.totalSteps(),
        e.completedSteps(),
        e.warnings());
  }

  Message update(History.UpdateRequest request) throws IOException {
    if (request.delete()) {
      history.delete(request.ref());
    } else if (!request.complete()) {
      history.pin(request.ref(), request.pinned());
    }
    // Records are complete when they are made: there is nothing to wait for.
    return Message.EMPTY;
  }

  /// What a build said that has ended.
  Optional<Message> said(String ref) throws IOException {
    Optional<Entry> entry = history.ended(ref);
    if (entry.isEmpty()) {
      return Optional.empty();
    }
    byte[] log = history.read(entry.get().logs());
    return Optional.of(out -> out.raw(Arrays.copyOfRange(log, LENGTH, log.length)));
  }

  // ---- contents

  /// `containerd.services.content.v1.Content`, of which only reading is served.
  Service contents() {
    return new Service("containerd.services.content.v1.Content")
        .unary(
            "Info",
            History.InfoRequest::read,
            (request, _) ->
                new History.InfoResponse(request.digest(), history.read(request.digest()).length))
        .streaming("Read", History.ReadRequest::read, this::read);
  }

  private void read(Call<History.ReadRequest, History.ReadResponse> call)
      throws IOException, InterruptedException {
    History.ReadRequest request =
        call.read()
            .orElseThrow(
                () -> Failure.of(Failure.Code.INVALID_ARGUMENT, "a question without a request"));
    byte[] blob = history.read(request.digest());
    if (request.offset() < 0 || request.offset() > blob.length || request.size() < 0) {
      throw GraftException.invalid(
          "offset " + request.offset() + " of " + request.digest() + " is out of its range");
    }
    int from = (int) request.offset();
    int end =
        request.size() == 0
            ? blob.length
            : (int) Math.min(blob.length, request.offset() + request.size());
    while (from < end) {
      int to = Math.min(end, from + CHUNK);
      call.write(new History.ReadResponse(from, Arrays.copyOfRange(blob, from, to)));
      from = to;
    }
  }
}
