package graft.docker.buildkit;

import graft.build.Builds;
import graft.docker.buildkit.grpc.Call;
import graft.docker.buildkit.grpc.Duplex;
import graft.docker.buildkit.grpc.Failure;
import graft.docker.buildkit.grpc.Service;
import graft.docker.buildkit.proto.Control;
import graft.docker.buildkit.proto.Control.BytesMessage;
import graft.docker.buildkit.proto.Control.StatusResponse;
import graft.docker.buildkit.proto.Gateway.Ref;
import graft.docker.buildkit.proto.Gateway.ReturnRequest;
import graft.docker.buildkit.proto.Session.Nothing;
import graft.docker.buildkit.session.CallInput;
import graft.docker.buildkit.session.CallOutput;
import graft.docker.buildkit.session.Sessions;
import graft.error.GraftException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// `moby.buildkit.v1.Control`: builds from outside.
final class ControlService {
  private static final String NAME = "moby.buildkit.v1.Control";

  private final Jobs jobs;
  private final Sessions sessions;
  private final CacheMethods cache;
  private final Path scratch;
  private final Supplier<Control.Worker> worker;

  ControlService(
      Jobs jobs,
      Sessions sessions,
      CacheMethods cache,
      Path scratch,
      Supplier<Control.Worker> worker) {
    this.jobs = jobs;
    this.sessions = sessions;
    this.cache = cache;
    this.scratch = scratch;
    this.worker = worker;
  }

  Service service() {
    return new Service(NAME)
        .unary(
            "ListWorkers",
            Nothing::read,
            (_, _) -> new Control.ListWorkersResponse(List.of(worker.get())))
        .unary("Info", Nothing::read, (_, _) -> new Control.InfoResponse(worker.get().version()))
        .unary("Solve", Control.SolveRequest::read, (request, _) -> solve(request))
        .streaming("Status", Control.StatusRequest::read, this::status)
        .unary(
            "DiskUsage", Control.DiskUsageRequest::read, (request, _) -> cache.diskUsage(request))
        .streaming("Prune", Control.PruneRequest::read, cache::prune)
        .streaming("Session", BytesMessage::read, this::session);
  }

  private Control.SolveResponse solve(Control.SolveRequest request)
      throws IOException, InterruptedException {
    if (!request.frontend().isEmpty() || !request.definition().isEmpty()) {
      throw Failure.of(
          Failure.Code.UNIMPLEMENTED,
          "Graft builds for clients that do as buildx: nothing in Control.Solve, the frontend by"
              + " LLBBridge.Solve");
    }
    if (request.sourcePolicy()) {
      throw Failure.of(Failure.Code.UNIMPLEMENTED, "Graft knows no source policies");
    }
    Job job = jobs.open(request);
    try {
      Exports exports = new Exports(job, sessions, scratch);
      exports.check();
      ReturnRequest returned = job.awaitEnd();
      if (returned.error().isPresent()) {
        throw Failure.of(returned.error().get());
      }
      return new Control.SolveResponse(export(job, exports, returned));
    } catch (GraftException e) {
      throw Failures.of(e);
    } finally {
      jobs.close(job);
    }
  }

  private static Map<String, String> export(Job job, Exports exports, ReturnRequest returned)
      throws IOException, InterruptedException {
    Optional<Builds.Result> result =
        Stream.concat(returned.result().ref().stream(), returned.result().refs().values().stream())
            .map(Ref::id)
            .filter(id -> !id.isEmpty())
            .findFirst()
            .map(id -> job.result(FrontendOptions.resultOf(id)));
    if (result.isEmpty()) {
      return Map.of();
    }
    return exports.run(result.get());
  }

  private void status(Call<Control.StatusRequest, StatusResponse> call)
      throws InterruptedException {
    Control.StatusRequest request =
        call.read()
            .orElseThrow(() -> Failure.of(Failure.Code.INVALID_ARGUMENT, "Status of no build"));
    jobs.feed(request.ref()).watch(call::write);
  }

  /// A session within a call, as `POST /session` in a connection of its own. It ends when the
  /// client says no more.
  private void session(Call<BytesMessage, BytesMessage> call)
      throws IOException, InterruptedException {
    sessions.serve(
        call::headers, new Duplex(new CallInput(call), new CallOutput(call, () -> {}), () -> {}));
  }
}
