package graft.docker.route;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import graft.docker.http.Exchange;
import graft.docker.json.Fields;
import graft.error.GraftException;
import graft.oci.Json;
import graft.oci.Platform;
import java.util.List;
import java.util.Optional;

/// The platform that a request about an image wants, which is JSON:
/// `{"os":"linux","architecture":"arm64"}`. (`create` and `pull` have it as `linux/arm64`.)
///
/// Source: engine-api 1.51, `platform` of inspect, history, save, load and push, and `platforms` of
/// the removal of images.
final class WantedPlatform {
  private WantedPlatform() {}

  /// @param since the minor version of the API that this request has it from
  static Optional<Platform> of(Exchange x, String parameter, int since) {
    List<String> given =
        x.queries(parameter).stream().filter(p -> !p.isEmpty()).distinct().toList();
    if (given.isEmpty() || !x.version().atLeast(since)) {
      return Optional.empty();
    }
    if (given.size() > 1) {
      throw GraftException.invalid("multiple " + parameter + " parameters not supported");
    }
    return Optional.of(parse(given.getFirst()));
  }

  private static Platform parse(String text) {
    JsonNode node;
    try {
      node = Json.MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      throw new GraftException(
          GraftException.Kind.INVALID,
          "failed to parse platform: invalid character '"
              + text.strip().charAt(0)
              + "' looking for beginning of value",
          e);
    }
    Fields fields = Fields.of(node);
    if (fields.text("os").isEmpty() || fields.text("architecture").isEmpty()) {
      throw GraftException.invalid("both OS and Architecture must be provided");
    }
    return new Platform(fields.text("os"), fields.text("architecture"), fields.text("variant"));
  }
}
