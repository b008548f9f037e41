package graft.docker.container;

import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.container.Execs.ExecRequest;
import graft.docker.json.Fields;

/// The body of `POST /containers/{id}/exec`.
public final class ExecBody {
  private ExecBody() {}

  public static ExecRequest read(ObjectNode body) {
    Fields asked = Fields.of(body);
    return new ExecRequest(
        asked.texts("Cmd"),
        asked.texts("Env"),
        asked.text("User"),
        asked.text("WorkingDir"),
        asked.flag("Tty"),
        asked.flag("Privileged"),
        asked.flag("AttachStdin"),
        asked.flag("AttachStdout"),
        asked.flag("AttachStderr"),
        asked.text("DetachKeys"));
  }
}
