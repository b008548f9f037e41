package graft.rollout;

import graft.oci.Digest;
import graft.recipe.Recipe;
import graft.recipe.Recipe.Action;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The later steps of a recipe, to be done on what the earlier ones have made. Pure.
///
/// It is the same Dockerfile without the lines that made the layers that are there already, and
/// with another FROM. All settings are still in it, so that they are worked out as in a build of
/// the whole; but for the working directory that a line left out would have set.
///
/// @param recipe of the whole
/// @param done the steps that are left out, of the last stage
/// @param from its FROM, without the image and what is before it
record Remainder(Recipe.Build recipe, List<Recipe.Step> done, From from) {
  private static final Pattern FROM =
      Pattern.compile(
          "(\\s*FROM\\s+(?:--platform=\\S+\\s+)?)[^\\s-]\\S*((?:\\s+AS\\s+\\S+)?\\s*)",
          Pattern.CASE_INSENSITIVE);

  /// @param line index in the file
  private record From(int line, String before, String after) {}

  /// @param own layers of the image above its base, as its steps made them
  /// @param kept how many of them stay
  /// @return empty if the recipe cannot be taken apart there: then all of it has to run
  static Optional<Remainder> of(Recipe.Build recipe, List<Digest> own, int kept) {
    if (kept == 0 || recipe.stages().isEmpty() || recipe.dockerfile().bytes().isPresent()) {
      return Optional.empty();
    }
    Recipe.Stage last = recipe.stages().getLast();
    List<Recipe.Step> making = last.steps().stream().filter(s -> s.result().isPresent()).toList();
    boolean same = making.stream().map(s -> s.result().get().layer()).toList().equals(own);
    // Triggers are the base's: they would run again on whatever has it.
    boolean triggers = last.steps().stream().anyMatch(Recipe.Step::trigger);
    if (!same || triggers || kept >= making.size()) {
      return Optional.empty();
    }
    List<String> lines = lines(recipe);
    int line = last.line() - 1;
    Matcher from = FROM.matcher(line < lines.size() ? lines.get(line) : "");
    return from.matches()
        ? Optional.of(
            new Remainder(
                recipe, making.subList(0, kept), new From(line, from.group(1), from.group(2))))
        : Optional.empty();
  }

  private static List<String> lines(Recipe.Build recipe) {
    return new ArrayList<>(List.of(recipe.dockerfile().text().split("\n", -1)));
  }

  /// The working directory that the steps that are left out have set; empty if none has.
  Optional<String> workingDirectory() {
    return done.reversed().stream()
        .map(Recipe.Step::action)
        .filter(Action.MakeDirectory.class::isInstance)
        .map(a -> ((Action.MakeDirectory) a).path())
        .findFirst();
  }

  /// What has to run. Lines keep their numbers.
  ///
  /// @param image that has the layers of the other steps
  Recipe.Build on(Digest image) {
    List<String> lines = lines(recipe);
    lines.set(from.line(), from.before() + BaseOf.inDockerfile(image) + from.after());
    for (Recipe.Step step : done) {
      for (int i = step.first(); i <= step.last(); i++) {
        lines.set(i - 1, "");
      }
    }
    Recipe.Definition whole = recipe.dockerfile();
    return with(
        new Recipe.Definition(
            whole.path(), String.join("\n", lines), Optional.empty(), whole.ignore()),
        recipe.bases(),
        recipe.stages(),
        recipe.layers());
  }

  /// The recipe of what was made: that of the whole, with what its later steps have made this time.
  ///
  /// @param ran the recipe of the remainder, after it ran
  /// @param old the base that it had
  /// @param layers of the new image
  Recipe.Build after(
      Recipe.Build ran, Recipe.Base.Image old, Recipe.Base.Image now, List<Digest> layers) {
    Map<Integer, Recipe.Stage> again = new HashMap<>();
    ran.stages().forEach(s -> again.put(s.index(), s));
    List<Recipe.Stage> stages = new ArrayList<>();
    int last = recipe.stages().getLast().index();
    for (Recipe.Stage stage : recipe.stages()) {
      Recipe.Stage fresh = again.getOrDefault(stage.index(), stage);
      stages.add(stage.index() == last ? joined(stage, fresh) : fresh);
    }
    return with(
        recipe.dockerfile(),
        recipe.bases().stream().map(b -> b.equals(old) ? now : b).toList(),
        stages,
        layers);
  }

  private Recipe.Stage joined(Recipe.Stage whole, Recipe.Stage fresh) {
    List<Recipe.Step> steps = new ArrayList<>(fresh.steps());
    for (int i = 0; i < whole.steps().size(); i++) {
      if (done.contains(whole.steps().get(i))) {
        steps.add(i, whole.steps().get(i));
      }
    }
    return new Recipe.Stage(
        whole.index(), whole.line(), whole.name(), whole.on(), whole.needs(), steps);
  }

  private Recipe.Build with(
      Recipe.Definition dockerfile,
      List<Recipe.Base> bases,
      List<Recipe.Stage> stages,
      List<Digest> layers) {
    return new Recipe.Build(
        recipe.frontend(),
        dockerfile,
        recipe.target(),
        recipe.platform(),
        recipe.arguments(),
        recipe.undisclosed(),
        recipe.labels(),
        recipe.annotations(),
        recipe.options(),
        recipe.sourceDateEpoch(),
        bases,
        recipe.sources(),
        stages,
        layers,
        recipe.started(),
        recipe.finished());
  }
}
