package graft.build.plan;

import graft.build.BuildException;
import graft.build.BuildRequest;
import graft.build.dockerfile.Dockerfile;
import graft.build.dockerfile.Instruction;
import graft.build.dockerfile.Scope;
import graft.build.dockerfile.Stage;
import graft.oci.Platform;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/// The stages of a Dockerfile, what each stands on and takes files from, and which of them are
/// needed: a pure function of the file and the request.
///
/// @param scope what is set before the first FROM
/// @param needed indices, in order
public record StageGraph(Scope scope, List<Node> stages, int target, List<Integer> needed) {
  /// What a stage begins with, or files are taken from.
  public sealed interface Base {
    record Scratch() implements Base {}

    record OfStage(int index) implements Base {}

    /// @param name as written, variables replaced
    record Image(String name, Optional<Platform> platform) implements Base {}

    record Named(String name, BuildRequest.Source source) implements Base {}
  }

  /// @param name for progress: `build`, `stage-1`, or empty if there is but one and it has none
  /// @param platform for which the stage is, as far as no image says otherwise
  /// @param needs stages it takes something from
  public record Node(
      int index, Stage stage, String name, Base base, Platform platform, Set<Integer> needs) {}

  public static StageGraph of(Dockerfile file, BuildRequest request, Platform platform) {
    return new Builder(file, request, platform).build();
  }

  /// What `--from=NAME` of a stage means.
  public Base base(BuildRequest request, int stage, String name) {
    return base(stages, request, stage, name);
  }

  /// The platform for which a stage takes files from images.
  public Platform platform(int stage) {
    return stages.get(stage).platform();
  }

  private static Base base(List<Node> stages, BuildRequest request, int stage, String name) {
    Optional<BuildRequest.Source> context = context(request, name);
    if (context.isPresent()) {
      return new Base.Named(name, context.get());
    }
    OptionalInt index = index(stages, stage, name);
    if (index.isPresent()) {
      return new Base.OfStage(index.getAsInt());
    }
    return name.equals("scratch") ? new Base.Scratch() : new Base.Image(name, Optional.empty());
  }

  /// A stage that comes before, by its name or its number.
  private static OptionalInt index(List<Node> stages, int before, String name) {
    String wanted = name.toLowerCase(Locale.ROOT);
    for (int i = Math.min(before, stages.size()) - 1; i >= 0; i--) {
      if (!stages.get(i).stage().name().isEmpty() && stages.get(i).stage().name().equals(wanted)) {
        return OptionalInt.of(i);
      }
    }
    if (wanted.matches("[0-9]{1,5}") && Integer.parseInt(wanted) < before) {
      return OptionalInt.of(Integer.parseInt(wanted));
    }
    return OptionalInt.empty();
  }

  /// A named context stands for the stage or image of that name.
  private static Optional<BuildRequest.Source> context(BuildRequest request, String name) {
    BuildRequest.Source found = request.contexts().get(name);
    if (found == null && name.endsWith(":latest")) {
      found = request.contexts().get(name.substring(0, name.length() - ":latest".length()));
    }
    return Optional.ofNullable(found);
  }

  private static final class Builder {
    private final Dockerfile file;
    private final BuildRequest request;
    private final Platform platform;
    private final Scope scope;
    private final List<Node> stages = new ArrayList<>();

    Builder(Dockerfile file, BuildRequest request, Platform platform) {
      this.file = file;
      this.request = request;
      this.platform = platform;
      Map<String, String> given = new LinkedHashMap<>();
      request.arguments().forEach((k, v) -> v.ifPresent(value -> given.put(k, value)));
      this.scope = Scope.global(file, predefined(), given);
    }

    StageGraph build() {
      for (Stage stage : file.stages()) {
        stages.add(node(stage));
      }
      int target = target();
      return new StageGraph(scope, stages, target, needed(target));
    }

    /// Source: Dockerfile reference, "Automatic platform ARGs in the global scope".
    private Map<String, String> predefined() {
      Map<String, String> all = new LinkedHashMap<>();
      tell(all, "BUILD", Platform.host());
      tell(all, "TARGET", platform);
      all.put("TARGETSTAGE", request.target().isEmpty() ? "default" : request.target());
      return all;
    }

    private static void tell(Map<String, String> all, String prefix, Platform p) {
      all.put(prefix + "PLATFORM", p.toString());
      all.put(prefix + "OS", p.os());
      all.put(prefix + "OSVERSION", "");
      all.put(prefix + "ARCH", p.architecture());
      all.put(prefix + "VARIANT", p.variant());
    }

    private Node node(Stage stage) {
      int index = stages.size();
      Instruction.From from = stage.from();
      String image = expanded(from, from.image());
      String wanted = expanded(from, from.platform());
      if (image.isBlank()) {
        throw failed("base name (" + stage.from().image() + ") should not be blank", stage.from());
      }
      Base base = base(stages, request, index, image);
      if (base instanceof Base.OfStage && image.matches("[0-9]+")) {
        base = new Base.Image(image, Optional.empty()); // FROM knows no numbers
      }
      Platform own =
          !wanted.isEmpty()
              ? Platform.parse(wanted)
              : base instanceof Base.OfStage(int other) ? stages.get(other).platform() : platform;
      if (base instanceof Base.Image(String name, Optional<Platform> _)) {
        base = new Base.Image(name, Optional.of(own));
      }
      Optional<BuildRequest.Source> replaced =
          stage.name().isEmpty() ? Optional.empty() : context(request, stage.name());
      if (replaced.isPresent()) {
        base = new Base.Named(stage.name(), replaced.get());
      }
      String shown =
          !stage.name().isEmpty() ? stage.name() : file.stages().size() > 1 ? "stage-" + index : "";
      Set<Integer> needs = new HashSet<>();
      if (base instanceof Base.OfStage(int other)) {
        needs.add(other);
      }
      if (replaced.isEmpty()) {
        stage.instructions().forEach(i -> needs(index, i, needs));
      }
      return new Node(index, stage, shown, base, own, needs);
    }

    private String expanded(Instruction.From from, String text) {
      return file.located(from.origin(), () -> scope.expander().word(text));
    }

    private void needs(int index, Instruction instruction, Set<Integer> needs) {
      List<String> names = new ArrayList<>();
      switch (instruction) {
        case Instruction.Copy copy -> names.add(copy.from());
        case Instruction.Run run -> names.addAll(run.mountsFrom());
        default -> {}
      }
      for (String name : names) {
        if (!name.isEmpty() && base(stages, request, index, name) instanceof Base.OfStage(int i)) {
          needs.add(i);
        }
      }
    }

    private int target() {
      String wanted = request.target();
      if (wanted.isEmpty()) {
        return stages.size() - 1;
      }
      return index(stages, stages.size(), wanted)
          .orElseThrow(() ->
              new BuildException(
                  Dockerfile.missingTarget(wanted, stages.stream().map(Node::name).toList()),
                  Optional.empty(),
                  OptionalInt.empty()));
    }

    private List<Integer> needed(int target) {
      boolean[] wanted = new boolean[stages.size()];
      wanted[target] = true;
      // Stages take only from those before them.
      for (int i = target; i >= 0; i--) {
        if (wanted[i]) {
          stages.get(i).needs().forEach(n -> wanted[n] = true);
        }
      }
      List<Integer> all = new ArrayList<>();
      for (int i = 0; i <= target; i++) {
        if (wanted[i]) {
          all.add(i);
        }
      }
      return all;
    }

    private BuildException failed(String message, Instruction at) {
      return new BuildException(message, Optional.of(file.at(at.origin())), OptionalInt.empty());
    }
  }
}
