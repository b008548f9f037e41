package graft.docker.buildkit;

import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.build.BuildException;
import graft.build.dockerfile.Lines;
import graft.build.dockerfile.Location;
import graft.docker.buildkit.grpc.Failure;
import graft.docker.buildkit.proto.Gateway.Any;
import graft.docker.json.Nodes;
import graft.error.GraftException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Failed builds as clients read them: a sentence, and the place in the Dockerfile of which they
/// show some lines.
///
/// Source: `solver/errdefs` of moby/buildkit, whose details are JSON in a google.protobuf.Any.
final class Failures {
  private static final String SOURCE = "github.com/moby/buildkit/errdefs.Source+json";

  private Failures() {}

  static Failure of(BuildException e) {
    String message = e.getMessage() == null ? "the build failed" : e.getMessage();
    return Failure.of(
        Failure.Code.UNKNOWN,
        message,
        e.location().map(at -> List.of(new Any(SOURCE, source(at)))).orElse(List.of()));
  }

  /// Of any kind: other codes than UNKNOWN would be shown before the message.
  static Failure of(GraftException e) {
    return Failure.of(
        e.kind() == GraftException.Kind.CANCELLED ? Failure.Code.CANCELLED : Failure.Code.UNKNOWN,
        e.text());
  }

  static Failure of(IOException e) {
    String text = e.getMessage();
    return Failure.of(Failure.Code.UNKNOWN, text == null ? e.getClass().getSimpleName() : text);
  }

  private static byte[] source(Location at) {
    ObjectNode json = Nodes.object();
    json.putObject("info").put("filename", at.file()).put("data", at.data());
    for (Lines lines : at.lines()) {
      ObjectNode range = json.withArray("ranges").addObject();
      range.putObject("start").put("line", lines.first());
      range.putObject("end").put("line", lines.last());
    }
    return json.toString().getBytes(StandardCharsets.UTF_8);
  }
}
