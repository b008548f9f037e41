package graft.cli.tree;

import graft.cli.json.Json;
import graft.cli.output.Human;
import java.util.List;

/// Layers of images, as people read of them.
final class Places {
  private Places() {}

  /// The image of a place, by its name if it has one.
  static String called(Json place) {
    return name(place.at("names").texts(), place.at("image").text());
  }

  static String name(List<String> names, String id) {
    return names.isEmpty() ? Human.shortId(id) : names.getFirst();
  }

  /// `debian:12 layer 1 RUN apt-get update, Dockerfile:7`. People count layers from 1, the lowest,
  /// as `graft layers` numbers them.
  static String sentence(Json place) {
    Json step = place.at("step");
    String by =
        step.isNull()
            ? place.at("createdBy").text()
            : step.at("instruction").text()
                + ", "
                + step.at("file").text()
                + ":"
                + step.at("line").number();
    return called(place)
        + " layer "
        + (place.at("layer").number() + 1)
        + (by.isEmpty() ? "" : "  " + Human.ellipsis(by.replaceAll("\\s+", " "), 100));
  }

  /// Critical, high, medium, low, unknown: `0/2/1/0/0`; `0` where all are.
  static String counts(Json severities) {
    List<Long> all =
        List.of("critical", "high", "medium", "low", "unknown").stream()
            .map(s -> severities.at(s).number())
            .toList();
    return all.stream().allMatch(n -> n == 0)
        ? "0"
        : String.join("/", all.stream().map(n -> Long.toString(n)).toList());
  }

  static long sum(Json severities) {
    return severities.fields().values().stream().mapToLong(Json::number).sum();
  }
}
