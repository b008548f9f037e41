package graft.build.run;

import graft.build.BuildRequest;
import graft.build.Vertices;
import graft.build.dockerfile.Analysis;
import graft.build.dockerfile.Base;
import graft.build.dockerfile.CallResult;
import graft.build.dockerfile.Directives.Check;
import graft.build.dockerfile.Dockerfile;
import graft.build.dockerfile.DockerfileException;
import graft.build.dockerfile.Ignore;
import graft.build.dockerfile.Outline;
import graft.build.dockerfile.Warning;
import graft.error.GraftException;
import graft.image.Image;
import graft.images.ImageRecord;
import graft.images.Images;
import graft.oci.ImageConfig;
import graft.oci.Platform;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What is said of a Dockerfile beside building it: the warnings of a build, and the answers to
/// `--call`.
final class Checks {
  private static final String ARGUMENT = "BUILDKIT_DOCKERFILE_CHECK";

  private final BuildRequest request;
  private final Contexts.Definition definition;
  private final Ignore ignore;

  Checks(BuildRequest request, Contexts.Definition definition, Ignore ignore) {
    this.request = request;
    this.definition = definition;
    this.ignore = ignore;
  }

  /// @param call `check`, `outline` or `targets`
  CallResult answer(String call, Base.Bases bases) {
    String file = definition.file();
    byte[] data = definition.data();
    return switch (call) {
      case "check" -> CallResult.check(analysis(bases, request.target().isEmpty()), file, data);
      case "outline" ->
          CallResult.outline(outline(analysis(bases, request.target().isEmpty())), data);
      case "targets" -> CallResult.targets(Dockerfile.parse(file, data));
      default -> throw GraftException.invalid("unsupported request " + call);
    };
  }

  private static Outline outline(Analysis analysis) {
    if (analysis.error().isPresent()) {
      throw analysis.error().get();
    }
    return analysis.outline().orElseThrow();
  }

  /// Whether a warning is an error, which is then to come before the first step.
  static boolean mayForbid(Dockerfile dockerfile, BuildRequest request) {
    return check(request.arguments().getOrDefault(ARGUMENT, Optional.empty()))
        .orElse(dockerfile.directives().check())
        .error();
  }

  private static Optional<Check> check(Optional<String> argument) {
    return argument.map(Check::parse);
  }

  /// Tells the warnings of the stages that are built.
  ///
  /// @throws DockerfileException there are some, and the Dockerfile wants that to be an error
  void tell(Vertices vertices, Base.Bases bases) {
    Analysis analysis = analysis(bases, false);
    for (Warning warning : analysis.warnings()) {
      vertices.warn(definition.vertex(), warning, definition.at(warning.lines()));
    }
    if (analysis.forbidden()) {
      throw analysis.error().orElseThrow();
    }
  }

  private Analysis analysis(Base.Bases bases, boolean allStages) {
    Map<String, String> arguments = new HashMap<>();
    request.arguments().forEach((key, value) -> value.ifPresent(v -> arguments.put(key, v)));
    Platform host = Platform.host();
    return Analysis.of(
        definition.file(),
        definition.data(),
        new Analysis.Question(
            request.target(),
            allStages,
            arguments,
            host,
            request.platforms().isEmpty() ? host : request.platforms().getFirst(),
            check(Optional.ofNullable(arguments.get(ARGUMENT))),
            request.contexts().keySet(),
            ignore,
            bases));
  }

  // ---- what is known of base images

  /// Those that are here; others are not pulled for a question.
  static Base.Bases here(Images images) {
    return (name, platform) -> {
      try {
        ImageRecord record = images.find(name);
        return base(images.open(record));
      } catch (GraftException | IOException e) {
        return Base.scratch(platform);
      }
    };
  }

  /// Those of a build, which waits for them anyway. What is wrong with one the build says itself.
  static Base.Bases of(Bases bases) {
    return (name, platform) -> {
      try {
        return base(bases.get(name, platform).image());
      } catch (GraftException | IOException e) {
        return Base.scratch(platform);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return Base.scratch(platform);
      }
    };
  }

  private static Base base(Image image) {
    ImageConfig.Settings config = image.config().config();
    Map<String, String> environment = new LinkedHashMap<>();
    for (String variable : config.env()) {
      int equals = variable.indexOf('=');
      if (equals > 0) {
        environment.put(variable.substring(0, equals), variable.substring(equals + 1));
      }
    }
    return new Base(
        image.config().platform(),
        environment,
        config.shell().orElse(List.of()),
        config.workingDir(),
        config.onBuild());
  }
}
