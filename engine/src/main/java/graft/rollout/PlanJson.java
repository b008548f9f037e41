package graft.rollout;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
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
        digest(plan),
        plan.created(),
        plan.kind(),
        plan.what(),
        plan.database(),
        plan.options(),
        plan.parents(),
        plan.nodes(),
        plan.totals());
  }

  private static Digest digest(Plan plan) {
    ObjectNode json = tree(plan);
    json.remove("digest");
    return Digest.of(bytes(json));
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

  /// @param what it is, for a message
  /// @throws GraftException INVALID if it is none
  static <T> T read(byte[] bytes, Class<T> type, String what) {
    try {
      return JSON.readValue(bytes, type);
    } catch (JsonProcessingException e) {
      // What follows in brackets is advice for programmers.
      throw new GraftException(
          GraftException.Kind.INVALID,
          what + " cannot be read: " + e.getOriginalMessage().replaceFirst("(?s) ?\\(.*", ""),
          e);
    } catch (IOException | NullPointerException | IllegalArgumentException e) {
      throw new GraftException(
          GraftException.Kind.INVALID, what + " cannot be read: " + e.getMessage(), e);
    }
  }

  /// @throws GraftException INVALID if it is no plan, or has been changed
  static Plan plan(byte[] bytes) {
    Plan plan = read(bytes, Plan.class, "the plan");
    if (!digest(plan).equals(plan.digest())) {
      throw GraftException.invalid(
          "the plan was changed since it was made: it says that it is "
              + plan.digest()
              + ", and is "
              + digest(plan)
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
