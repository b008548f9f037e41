package graft.build;

import graft.build.BuildRequest.NoCache;
import graft.build.BuildRequest.Source;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A request for what the Dockerfile of the client's directory `context` makes, without a network;
/// a test says what it wants besides.
public final class RequestBuilder {
  private final Map<String, Source> contexts = new HashMap<>();
  private final Map<String, Optional<String>> arguments = new HashMap<>();
  private String target = "";
  private NoCache noCache = new NoCache.Nothing();
  private Optional<Instant> epoch = Optional.empty();

  public RequestBuilder context(String name, Source source) {
    contexts.put(name, source);
    return this;
  }

  public RequestBuilder argument(String key, String value) {
    arguments.put(key, Optional.of(value));
    return this;
  }

  public RequestBuilder target(String stage) {
    target = stage;
    return this;
  }

  public RequestBuilder uncached() {
    noCache = new NoCache.Everything();
    return this;
  }

  public RequestBuilder epoch(Optional<Instant> instant) {
    epoch = instant;
    return this;
  }

  public BuildRequest make() {
    return new BuildRequest(
        "test",
        new Source.Local("context"),
        contexts,
        new BuildRequest.DockerfileSource("Dockerfile", Optional.empty(), Optional.empty()),
        target,
        arguments,
        Map.of(),
        List.of(),
        noCache,
        BuildRequest.Pull.MISSING,
        new BuildRequest.RunOptions(
            "none", List.of(), List.of(), 0, "", "", 0, 0, 0, 0, 0, "", "", List.of()),
        Map.of(),
        epoch);
  }
}
