package graft.build.plan;

import graft.build.dockerfile.Dockerfile;
import graft.build.dockerfile.Stage;
import graft.error.GraftException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// `--target STAGE:N`: a stage up to its N-th instruction, FROM not counted; `STAGE:0` is its base.
/// No stage can have such a name.
///
/// @param file without the instructions behind it
/// @param target the stage
public record StepTarget(Dockerfile file, String target) {
  private static final Pattern FORM = Pattern.compile("([^:]+):([0-9]{1,6})");

  public static StepTarget of(Dockerfile file, String target) {
    Matcher form = FORM.matcher(target);
    if (!form.matches()) {
      return new StepTarget(file, target);
    }
    String name = form.group(1).toLowerCase(Locale.ROOT);
    int number = Integer.parseInt(form.group(2));
    int index = index(file.stages(), name);
    Stage stage = file.stages().get(index);
    int size = stage.instructions().size();
    if (number > size) {
      throw GraftException.invalid(
          "target " + target + ": the stage has " + size + " instructions after its FROM");
    }
    List<Stage> stages = new ArrayList<>(file.stages());
    stages.set(
        index,
        new Stage(stage.from(), stage.description(), stage.instructions().subList(0, number)));
    return new StepTarget(
        new Dockerfile(
            file.file(),
            file.data(),
            file.directives(),
            file.globals(),
            stages,
            file.emptyContinuations()),
        form.group(1));
  }

  private static int index(List<Stage> stages, String name) {
    for (int i = stages.size() - 1; i >= 0; i--) {
      if (stages.get(i).name().equals(name)) {
        return i;
      }
    }
    if (name.matches("[0-9]{1,5}") && Integer.parseInt(name) < stages.size()) {
      return Integer.parseInt(name);
    }
    throw GraftException.invalid("target stage \"" + name + "\" could not be found");
  }
}
