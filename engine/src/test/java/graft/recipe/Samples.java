package graft.recipe;

import graft.oci.Digest;
import graft.oci.Platform;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A recipe with something of everything.
final class Samples {
  static final Instant STARTED = Instant.parse("2026-03-04T05:06:07.089Z");
  static final Platform PLATFORM = new Platform("linux", "amd64");
  static final Recipe.Options OPTIONS =
      new Recipe.Options(
          "default", List.of("h=1.2.3.4"), List.of(), 0, "", "", 0, 0, 0, 0, 0, "", "", List.of());

  private Samples() {}

  static Digest digest(String of) {
    return Digest.of(of.getBytes(StandardCharsets.UTF_8));
  }

  static Recipe.Base.Image base() {
    return new Recipe.Base.Image(
        "debian:12",
        false,
        "docker.io/library/debian:12",
        Optional.of(digest("index")),
        digest("manifest"),
        digest("config"),
        PLATFORM,
        List.of(digest("base layer")));
  }

  static Recipe.Build build(byte[] dockerfile, List<Recipe.Base> bases) {
    return new Recipe.Build(
        new Recipe.Frontend("dockerfile.v0", "graft 1", Optional.of("docker/dockerfile:1")),
        Recipe.Definition.of("Dockerfile", dockerfile, Optional.of("*.md\n")),
        "final",
        PLATFORM,
        Map.of("VERSION", "9"),
        List.of("http_proxy"),
        Map.of("label", "value"),
        Map.of("annotation", "value"),
        OPTIONS,
        Optional.of(Instant.EPOCH),
        bases,
        List.of(
            new Recipe.Source(
                new Recipe.Source.Use.Context(""),
                new Recipe.Source.Origin.Git("https://host/r.git#main", "0123abcd"),
                Optional.of(new Recipe.Tree(digest("list"), digest("root"), 3, 100, true))),
            new Recipe.Source(
                new Recipe.Source.Use.Add("https://host/file"),
                new Recipe.Source.Origin.Http("https://host/file", digest("file"), "file", STARTED),
                Optional.empty())),
        List.of(
            new Recipe.Stage(
                0,
                1,
                "final",
                "debian:12",
                List.of(),
                List.of(
                    new Recipe.Step(
                        2,
                        3,
                        false,
                        "RUN make",
                        new Recipe.Action.Run(
                            List.of("/bin/sh", "-c", "make"),
                            List.of("PATH=/bin", "VERSION=9"),
                            List.of(new Recipe.Mount("secret", "s", "", "", "/run/secrets/s")),
                            "DEFAULT",
                            "SANDBOX"),
                        List.of("/bin/sh", "-c"),
                        "/",
                        "root",
                        Optional.of(
                            new Recipe.Result(
                                digest("layer"),
                                digest("key"),
                                12,
                                false,
                                STARTED,
                                STARTED.plusSeconds(2),
                                Optional.of(
                                    new Recipe.Packages(
                                        List.of(
                                            new Recipe.Package("dpkg", "gcc", "4:14-1", "amd64")),
                                        List.of(),
                                        false))))),
                    new Recipe.Step(
                        4,
                        4,
                        true,
                        "COPY . /",
                        new Recipe.Action.Copy(false, "", List.of("."), "/", "1:2", "0644", true),
                        List.of(),
                        "/",
                        "",
                        Optional.empty()),
                    new Recipe.Step(
                        5,
                        5,
                        false,
                        "WORKDIR /x",
                        new Recipe.Action.MakeDirectory("/x"),
                        List.of(),
                        "/x",
                        "",
                        Optional.empty()),
                    new Recipe.Step(
                        6,
                        6,
                        false,
                        "CMD x",
                        new Recipe.Action.Configure(),
                        List.of(),
                        "/x",
                        "",
                        Optional.empty())))),
        List.of(digest("base layer"), digest("layer")),
        STARTED,
        STARTED.plusSeconds(5));
  }

  static Recipe.Build build() {
    return build("FROM debian:12\nRUN make\n".getBytes(StandardCharsets.UTF_8), List.of(base()));
  }

  static Recipe.Commit commit() {
    return new Recipe.Commit(
        base(),
        "c0ffee",
        List.of("sh", "-c", "x"),
        "/work",
        "1000",
        Optional.of(digest("layer")),
        STARTED,
        STARTED);
  }
}
