package graft.build.plan;

import graft.build.BuildException;
import graft.build.BuildRequest;
import graft.build.dockerfile.Dockerfile;
import java.util.Optional;
import java.util.OptionalInt;

/// `# syntax=`: which frontend a Dockerfile is for. Docker's own is built in.
public final class Syntax {
  private Syntax() {}

  public static void check(Dockerfile file, BuildRequest request) {
    Optional<String> asked =
        request
            .arguments()
            .getOrDefault("BUILDKIT_SYNTAX", Optional.empty())
            .or(() -> file.directives().syntax().map(s -> s.image()));
    if (asked.isEmpty()) {
      return;
    }
    String name = asked.get().replaceFirst("^docker\\.io/", "").replaceFirst("[:@].*", "");
    if (!name.equals("docker/dockerfile") && !name.equals("docker/dockerfile-upstream")) {
      throw new BuildException(
          "frontend "
              + asked.get()
              + " is not built in, and this engine runs no others; remove the line # syntax=, or"
              + " use docker/dockerfile:1",
          file.directives().syntax().map(s -> file.at(java.util.List.of(s.lines()))),
          OptionalInt.empty());
    }
  }
}
