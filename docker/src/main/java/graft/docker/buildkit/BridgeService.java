package graft.docker.buildkit;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.build.BuildException;
import graft.build.BuildRequest;
import graft.build.Builds;
import graft.build.dockerfile.CallResult;
import graft.docker.buildkit.grpc.Call;
import graft.docker.buildkit.grpc.Service;
import graft.docker.buildkit.proto.Gateway;
import graft.docker.buildkit.proto.Gateway.PongResponse;
import graft.docker.buildkit.proto.Gateway.Ref;
import graft.docker.buildkit.proto.Gateway.Result;
import graft.docker.buildkit.proto.Message;
import graft.docker.buildkit.proto.Ops;
import graft.docker.buildkit.proto.Session.Nothing;
import graft.docker.buildkit.session.SessionClient;
import graft.docker.buildkit.session.Sessions;
import graft.docker.json.Nodes;
import graft.error.GraftException;
import graft.oci.Platform;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// `moby.buildkit.v1.frontend.LLBBridge`: what a client does within its build.
final class BridgeService {
  private static final String NAME = "moby.buildkit.v1.frontend.LLBBridge";
  private static final String BUILD = "buildkit-controlapi-buildid";

  /// Without `return` among them, clients take this for an engine of 2018 and wait forever.
  private static final List<String> CAPABILITIES =
      List.of(
          "solve.base",
          "resolveimage",
          "readfile",
          "return",
          "returnmap",
          "readdir",
          "statfile",
          "frontend.inputs",
          "gateway.solve.metadata",
          "frontend.caps",
          "gateway.evaluate",
          "reference.output",
          "proto.refarray");

  /// What clients look for before they ask for several outputs or for attestations, or send a
  /// graph: of those, all that a source of files may need.
  private static final List<String> LLB_CAPABILITIES =
      List.of(
          "exporter.multiple",
          "exporter.image.attestations",
          "exporter.image.annotations",
          "source.http",
          "source.http.checksum",
          "source.git",
          "source.git.keepgitdir",
          "source.git.fullurl",
          "source.local",
          "source.local.sessionid",
          "source.local.includepatterns",
          "source.local.followpaths",
          "source.local.excludepatterns",
          "source.local.sharedkeyhint",
          "source.image",
          "file.base",
          "constraints",
          "platform",
          "meta.ignorecache",
          "meta.description",
          "meta.exportcache");

  private final Jobs jobs;
  private final Sessions sessions;
  private final Builds builds;

  BridgeService(Jobs jobs, Sessions sessions, Builds builds) {
    this.jobs = jobs;
    this.sessions = sessions;
    this.builds = builds;
  }

  Service service() {
    SourceReads reads = new SourceReads(this::job);
    return new Service(NAME)
        .unary("Ping", Nothing::read, this::ping)
        .unary("Solve", Gateway.SolveRequest::read, this::solve)
        .unary("Evaluate", Gateway.EvaluateRequest::read, this::evaluate)
        .unary("ReadFile", Gateway.ReadFileRequest::read, reads::readFile)
        .unary("StatFile", Gateway.PathRequest::read, reads::stat)
        .unary("ReadDir", Gateway.PathRequest::read, reads::list)
        .unary("Return", Gateway.ReturnRequest::read, this::end);
  }

  private Job job(Call<?, ?> call) throws InterruptedException {
    String ref = call.headers(BUILD).stream().findFirst().orElse("");
    return jobs.await(ref);
  }

  private PongResponse ping(Nothing request, Call<?, ?> call) throws InterruptedException {
    var _ = job(call);
    return new PongResponse(CAPABILITIES, LLB_CAPABILITIES, List.of());
  }

  private Message end(Gateway.ReturnRequest request, Call<?, ?> call) throws InterruptedException {
    job(call).end(request);
    return Message.EMPTY;
  }

  /// Nothing is lazy here: what Solve has answered is there.
  private Message evaluate(Gateway.EvaluateRequest request, Call<?, ?> call)
      throws InterruptedException {
    var _ = job(call).result(FrontendOptions.resultOf(request.ref()));
    return Message.EMPTY;
  }

  private Gateway.SolveResponse solve(Gateway.SolveRequest request, Call<?, ?> call)
      throws InterruptedException {
    Job job = job(call);
    try {
      return new Gateway.SolveResponse(
          job.run(
              () -> request.definition().isEmpty() ? build(job, request) : fetch(job, request)));
    } catch (BuildException e) {
      throw Failures.of(e);
    } catch (GraftException e) {
      throw Failures.of(e);
    } catch (IOException e) {
      throw Failures.of(e);
    }
  }

  /// Of a graph that is no more than a source of files: those files.
  private Result fetch(Job job, Gateway.SolveRequest request)
      throws IOException, InterruptedException {
    Builds.SourceFiles files =
        builds.fetch(
            FrontendOptions.source(request.definition()), client(job, request), job.feed());
    return new Result(
        Optional.of(new Ref(job.hold(files), Ops.Definition.EMPTY)),
        new LinkedHashMap<>(),
        Map.of());
  }

  private SessionClient client(Job job, Gateway.SolveRequest request) {
    return new SessionClient(
        sessions,
        builds.files(),
        job.request().session(),
        FrontendOptions.sessions(request.options()));
  }

  private Result build(Job job, Gateway.SolveRequest request)
      throws IOException, InterruptedException {
    BuildRequest wanted = FrontendOptions.read(job.request(), request);
    SessionClient client = client(job, request);
    String call = request.options().getOrDefault("requestid", "");
    if (!call.isEmpty()) {
      String what =
          switch (call) {
            case "frontend.lint" -> "check";
            case "frontend.outline" -> "outline";
            case "frontend.targets" -> "targets";
            default -> throw GraftException.invalid("unsupported request " + call);
          };
      return result(what, builds.call(wanted, client, what, job.feed()));
    }
    Builds.Result built = builds.build(wanted, client, job.feed());
    job.hold(built);
    return result(
        built, wanted.platforms().size() > 1 || FrontendOptions.isMultiPlatform(request.options()));
  }

  private static Result result(String what, CallResult call) {
    Map<String, byte[]> metadata = new LinkedHashMap<>();
    metadata.put("result.json", bytes(call.json()));
    metadata.put("result.txt", bytes(call.text()));
    metadata.put("version", bytes(CallResult.VERSION));
    if (what.equals("check")) {
      metadata.put("result.statuscode", bytes(call.failed() ? "1" : "0"));
    }
    return new Result(Optional.empty(), new LinkedHashMap<>(), metadata);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Ref ref(String id) {
    return new Ref(id, Ops.Definition.of(new Ops.Source(FrontendOptions.RESULT + id, Map.of())));
  }

  private static Result result(Builds.Result built, boolean several) {
    SequencedMap<String, Ref> refs = new LinkedHashMap<>();
    Map<String, byte[]> metadata = new LinkedHashMap<>();
    if (!several) {
      built.configs().values().stream()
          .findFirst()
          .ifPresent(config -> metadata.put("containerimage.config", config));
      return new Result(Optional.of(ref(built.id())), refs, metadata);
    }
    ObjectNode platforms = Nodes.object();
    ArrayNode list = platforms.putArray("Platforms");
    built
        .configs()
        .forEach((platform, config) -> {
          metadata.put("containerimage.config/" + platform, config);
          refs.put(platform.toString(), ref(built.id() + "@" + platform));
          list.addObject().put("ID", platform.toString()).set("Platform", json(platform));
        });
    metadata.put("refs.platforms", bytes(platforms.toString()));
    return new Result(Optional.empty(), refs, metadata);
  }

  static ObjectNode json(Platform platform) {
    ObjectNode json = Nodes.object();
    json.put("architecture", platform.architecture()).put("os", platform.os());
    platform.variantIfAny().ifPresent(variant -> json.put("variant", variant));
    return json;
  }
}
