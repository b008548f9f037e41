package graft.docker.policy;

import graft.docker.http.Exchange;
import graft.docker.http.Guard;

/// Reads pass, and the one POST that only waits.
final class ReadOnlyGuard implements Guard {
  @Override
  public void admit(String method, Exchange x) {
    boolean reads = method.equals("GET") || method.equals("HEAD") || method.equals("OPTIONS");
    // A WebSocket begins as a GET and carries what is typed.
    boolean typing = x.path().endsWith("/attach/ws");
    boolean waits = method.equals("POST") && x.path().matches("/containers/[^/]+/wait");
    if ((!reads || typing) && !waits) {
      throw Policy.refusal(new Policy.ReadOnly(), method + " " + x.path());
    }
  }
}
