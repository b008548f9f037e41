package graft.docker.buildkit;

import graft.build.Builds;
import graft.docker.buildkit.grpc.Call;
import graft.docker.buildkit.grpc.Duplex;
import graft.docker.buildkit.grpc.Failure;
import graft.docker.buildkit.grpc.Service;
import graft.docker.buildkit.proto.Control;
import graft.docker.buildkit.proto.Control.BytesMessage;
import graft.docker.buildkit.proto.Gateway.Ref;
import graft.docker.buildkit.proto.Gateway.ReturnRequest;
import graft.docker.buildkit.proto.History;
import graft.docker.buildkit.proto.Message;
import graft.docker.buildkit.proto.Session.Nothing;
import graft.docker.buildkit.session.CallInput;
import graft.docker.buildkit.session.CallOutput;
import graft.docker.buildkit.session.Sessions;
import graft.error.GraftException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
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
  private final HistoryMethods history;
  private final Path scratch;
  private final Supplier<Control.Worker> worker;

  ControlService(
      Jobs jobs,
      Sessions sessions,
      CacheMethods cache,
      HistoryMethods history,
      Path scratch,
      Supplier<Control.Worker> worker) {
    this.jobs = jobs;
    this.sessions = sessions;
    this.cache = cache;
    this.history = history;
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
        .streaming("ListenBuildHistory", History.ListenRequest::read, history::listen)
        .unary(
            "UpdateBuildHistory",
            History.UpdateRequest::read,
            (request, _) -> history.update(request))
        // By which clients tell how long a build has run.
        .header("buildkit-current-timestamp", () -> Instant.now().toString())
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
      history.begin(job);
      try {
        return new Control.SolveResponse(solved(job));
      } catch (Failure e) {
        history.failed(job, e);
        throw e;
      } catch (InterruptedException e) {
        history.failed(job, Failure.of(Failure.Code.CANCELLED, "context canceled"));
        throw e;
      }
    } finally {
      jobs.close(job);
    }
  }

  private Map<String, String> solved(Job job) throws IOException, InterruptedException {
    try {
      Exports exports = new Exports(job, sessions, scratch);
      exports.check();
      ReturnRequest returned = job.awaitEnd();
      if (returned.error().isPresent()) {
        throw Failure.of(returned.error().get());
      }
      Optional<Builds.Result> result = result(job, returned);
      Map<String, String> response = result.isEmpty() ? Map.of() : exports.run(result.get());
      history.end(job, result, response);
      return response;
    } catch (GraftException e) {
      throw Failures.of(e);
    } catch (IOException e) {
      throw Failures.of(e);
    }
  }

  private static Optional<Builds.Result> result(Job job, ReturnRequest returned) {
    return Stream.concat(
            returned.result().ref().stream(), returned.result().refs().values().stream())
        .map(Ref::id)
        .filter(id -> !id.isEmpty())
        .findFirst()
        .map(id -> job.result(FrontendOptions.resultOf(id)));
  }

  private void status(Call<Control.StatusRequest, Message> call)
      throws IOException, InterruptedException {
    Control.StatusRequest request =
        call.read()
            .orElseThrow(() -> Failure.of(Failure.Code.INVALID_ARGUMENT, "Status of no build"));
    Optional<Message> past =
        jobs.isRunning(request.ref()) ? Optional.empty() : history.said(request.ref());
    if (past.isPresent()) {
      call.write(past.get());
    } else {
      jobs.feed(request.ref()).watch(call::write);
    }
  }

  /// A session within a call, as `POST /session` in a connection of its own. It ends when the
  /// client says no more.
  private void session(Call<BytesMessage, BytesMessage> call)
      throws IOException, InterruptedException {
    sessions.serve(
        call::headers, new Duplex(new CallInput(call), new CallOutput(call, () -> {}), () -> {}));
  }
}
