package graft.advisory;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.oci.Json;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;

/// A publisher's word on whether one vulnerability matters in one product (VEX).
///
/// @param source by the name it was imported under
/// @param document the id of the document that says so
/// @param vulnerability by one of its names
/// @param reason a justification's label, or a sentence; may be empty
/// @param time of the statement; of several on one product the last counts
record Suppression(
    String source,
    String document,
    String vulnerability,
    Status status,
    String reason,
    Instant time,
    Product product) {
  /// In the words of OpenVEX.
  enum Status {
    NOT_AFFECTED("not_affected"),
    FIXED("fixed"),
    AFFECTED("affected"),
    UNDER_INVESTIGATION("under_investigation");

    private final String word;

    Status(String word) {
      this.word = word;
    }

    String word() {
      return word;
    }

    /// Whether a finding is none by this.
    boolean suppresses() {
      return this == NOT_AFFECTED || this == FIXED;
    }

    static Optional<Status> of(String word) {
      for (Status status : values()) {
        if (status.word.equals(word)) {
          return Optional.of(status);
        }
      }
      return Optional.empty();
    }
  }

  /// What is spoken of: a package, or an image.
  ///
  /// @param id a package URL, or a name or digest of an image
  /// @param platform a CPE of the distribution it is spoken of in; empty for any
  /// @param components package URLs of those inside the product that are meant; none for all
  record Product(String id, String platform, List<String> components) {
    Product {
      components = List.copyOf(components);
    }
  }

  byte[] body() {
    ObjectNode json = Json.MAPPER.createObjectNode();
    json.put("status", status.word());
    if (!reason.isEmpty()) {
      json.put("reason", reason);
    }
    json.put("time", time.toString());
    json.put("product", product.id());
    if (!product.platform().isEmpty()) {
      json.put("platform", product.platform());
    }
    if (!product.components().isEmpty()) {
      ArrayNode components = json.putArray("components");
      product.components().forEach(components::add);
    }
    return Json.bytes(json);
  }

  static Suppression of(String source, String document, String vulnerability, byte[] body) {
    ObjectNode json = Json.object(body, "a statement of the advisory database");
    return new Suppression(
        source,
        document,
        vulnerability,
        Status.of(Json.text(json, "status")).orElse(Status.UNDER_INVESTIGATION),
        Json.text(json, "reason"),
        instant(Json.text(json, "time")),
        new Product(
            Json.text(json, "product"),
            Json.text(json, "platform"),
            Json.texts(json, "components").orElse(List.of())));
  }

  /// The beginning of time for what is none: any statement with a date is later.
  static Instant instant(String text) {
    try {
      return text.isEmpty() ? Instant.EPOCH : OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException e) {
      return Instant.EPOCH;
    }
  }
}
