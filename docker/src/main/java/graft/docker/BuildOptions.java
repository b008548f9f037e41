package graft.docker;

import graft.build.run.EngineBuilds;
import graft.build.run.RecordContext;
import graft.error.GraftException;
import java.util.List;
import java.util.Map;

/// What is kept of builds: the results of steps, the files of contexts, what failed steps left.
final class BuildOptions {
  /// Names of the options.
  static final List<String> NAMES =
      List.of(
          "build-cache-size",
          "build-context-size",
          "record-context",
          "record-context-size",
          "failed-time",
          "failed-number");

  private BuildOptions() {}

  static EngineBuilds.Limits of(Map<String, String> values) {
    EngineBuilds.Limits usual = EngineBuilds.Limits.DEFAULT;
    String mode = values.getOrDefault("record-context", "");
    String time = values.getOrDefault("failed-time", "");
    String number = values.getOrDefault("failed-number", "");
    if (!number.matches("[0-9]{0,6}")) {
      throw GraftException.invalid("failed-number " + number + " is no number");
    }
    return usual
        .withSizes(
            size(values, "build-cache-size", usual.cache()),
            size(values, "build-context-size", usual.files()))
        .withRecord(
            mode.isEmpty() ? usual.record() : RecordContext.parse(mode),
            size(values, "record-context-size", usual.recorded()))
        .withFailed(
            time.isEmpty() ? usual.failedTime() : TrashOptions.time("failed-time", time),
            number.isEmpty() ? usual.failedNumber() : Integer.parseInt(number));
  }

  private static long size(Map<String, String> values, String name, long usual) {
    String text = values.getOrDefault(name, "");
    return text.isEmpty() ? usual : TrashOptions.size(name, text);
  }
}
