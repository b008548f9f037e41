package graft.rollout;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.deser.std.FromStringDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import graft.error.GraftException;
import graft.oci.Digest;
import graft.oci.Reference;
import java.io.IOException;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Plans and what else this room keeps as JSON. A plan is named by the digest of its JSON without
/// the digest, so that one that was changed by hand is noticed.
///
/// Files outlive builds. A plan that an earlier build has made has less in it, one of a later build
/// more; it is the same plan, by the same digest, which is that of its file. What is missing has a
/// meaning if it is in the table here, and else it is said that another build made it.
final class PlanJson {
  static final JsonMapper JSON =
      JsonMapper.builder()
          .addModule(new Jdk8Module())
          .addModule(new JavaTimeModule())
          .addModule(
              new SimpleModule()
                  .addSerializer(Digest.class, ToStringSerializer.instance)
                  .addDeserializer(Digest.class, new DigestText()))
          .visibility(PropertyAccessor.IS_GETTER, JsonAutoDetect.Visibility.NONE)
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .build();

  /// What an image of a plan did not always have. Without it, nothing was known of that.
  private static final List<String> LATER_LISTS = List.of("generated");

  private static final Digest NONE = Digest.of(new byte[0]);

  private static final class DigestText extends FromStringDeserializer<Digest> {
    DigestText() {
      super(Digest.class);
    }

    @Override
    protected Digest _deserialize(String value, DeserializationContext context) throws IOException {
      try {
        return Digest.parse(value);
      } catch (GraftException e) {
        throw new JsonMappingException(context.getParser(), e.text(), e);
      }
    }
  }

  private PlanJson() {}

  /// A plan with its name.
  static Plan plan(
      Instant created,
      Plan.Kind kind,
      String what,
      Optional<Digest> database,
      Plan.Options options,
      List<Plan.Parent> parents,
      List<Plan.Node> nodes) {
    return named(
        new Plan(
            NONE, created, kind, what, database, options, parents, nodes, Plan.Totals.of(nodes)));
  }

  private static Plan named(Plan plan) {
    return new Plan(
        digest(tree(plan)),
        plan.created(),
        plan.kind(),
        plan.what(),
        plan.database(),
        plan.options(),
        plan.parents(),
        plan.nodes(),
        plan.totals());
  }

  private static Digest digest(ObjectNode plan) {
    ObjectNode json = plan.deepCopy();
    json.remove("digest");
    return Digest.of(bytes(json));
  }

  private static Digest digest(String text) {
    try {
      return Digest.parse(text);
    } catch (GraftException e) {
      throw new GraftException(
          GraftException.Kind.INVALID, "the plan cannot be read: it has no digest", e);
    }
  }

  private static ObjectNode completed(ObjectNode file) {
    ObjectNode all = file.deepCopy();
    for (JsonNode node : all.path("nodes")) {
      if (node instanceof ObjectNode image) {
        LATER_LISTS.stream().filter(f -> !image.has(f)).forEach(image::putArray);
      }
    }
    return all;
  }

  static ObjectNode tree(Object value) {
    return JSON.valueToTree(value);
  }

  static byte[] bytes(Object value) {
    try {
      return JSON.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw GraftException.internal("cannot write a plan: " + e.getOriginalMessage(), e);
    }
  }

  private static String why(Exception e) {
    // What follows in brackets is advice for programmers.
    return e instanceof JsonProcessingException j
        ? j.getOriginalMessage().replaceFirst("(?s) ?\\(.*", "")
        : String.valueOf(e.getMessage());
  }

  /// @param what it is, for a message
  /// @throws GraftException INVALID if it is none
  static <T> T read(byte[] bytes, Class<T> type, String what) {
    try {
      return JSON.readValue(bytes, type);
    } catch (JsonProcessingException e) {
      throw new GraftException(GraftException.Kind.INVALID, what + " cannot be read: " + why(e), e);
    } catch (IOException | NullPointerException | IllegalArgumentException e) {
      throw new GraftException(
          GraftException.Kind.INVALID, what + " cannot be read: " + e.getMessage(), e);
    }
  }

  /// @throws GraftException INVALID as of its file
  static Plan plan(byte[] bytes) {
    return plan(file(bytes));
  }

  /// @throws GraftException INVALID if it is no JSON
  static ObjectNode file(byte[] bytes) {
    return read(bytes, ObjectNode.class, "the plan");
  }

  /// @throws GraftException INVALID if it is no plan, has been changed, or is one of another build
  ///   that this one does not understand
  static Plan plan(ObjectNode file) {
    Digest said = digest(file.path("digest").asText());
    boolean unchanged = digest(file).equals(said);
    Plan plan;
    try {
      plan = JSON.treeToValue(completed(file), Plan.class);
    } catch (JsonProcessingException | NullPointerException | IllegalArgumentException e) {
      throw new GraftException(
          GraftException.Kind.INVALID,
          (unchanged
                  ? "the plan was made by another build of Graft, and this one cannot read it; make"
                      + " it again: "
                  : "the plan cannot be read: ")
              + why(e),
          e);
    }
    // The same may be written in another order.
    if (!unchanged && !digest(tree(plan)).equals(said)) {
      throw GraftException.invalid(
          "the plan was changed since it was made: it says that it is "
              + said
              + ", and is "
              + digest(file)
              + "; make a new one");
    }
    Set<Digest> known = new HashSet<>();
    plan.parents().forEach(p -> known.add(p.image()));
    Set<Digest> nodes = new HashSet<>();
    for (Plan.Node node : plan.nodes()) {
      boolean above = known.contains(node.parent()) && !node.parent().equals(node.image());
      if (!above || !nodes.add(node.image())) {
        throw GraftException.invalid(
            "the plan makes no sense: " + node.title() + " stands on nothing that comes before it");
      }
      known.add(node.image());
      node.names().forEach(Reference::parse);
    }
    return plan;
  }
}
