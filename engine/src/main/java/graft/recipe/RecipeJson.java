package graft.recipe;

import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
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
import graft.oci.Platform;
import java.io.IOException;
import java.util.function.Function;

/// Recipes as JSON. Fields that are not known are passed over, so what comes to a version has to be
/// optional; a later version, by which known ones may mean something else, is refused.
public final class RecipeJson {
  private static final int VERSION = 1;

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = Recipe.Build.class, name = "build"),
    @JsonSubTypes.Type(value = Recipe.Commit.class, name = "commit")
  })
  private interface Recipes {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = Recipe.Base.Image.class, name = "image"),
    @JsonSubTypes.Type(value = Recipe.Base.Result.class, name = "result")
  })
  private interface Bases {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = Recipe.Source.Use.Context.class, name = "context"),
    @JsonSubTypes.Type(value = Recipe.Source.Use.Add.class, name = "add")
  })
  private interface Uses {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = Recipe.Source.Origin.Local.class, name = "local"),
    @JsonSubTypes.Type(value = Recipe.Source.Origin.Git.class, name = "git"),
    @JsonSubTypes.Type(value = Recipe.Source.Origin.Http.class, name = "http")
  })
  private interface Origins {}

  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "type")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = Recipe.Action.Configure.class, name = "configure"),
    @JsonSubTypes.Type(value = Recipe.Action.Run.class, name = "run"),
    @JsonSubTypes.Type(value = Recipe.Action.Copy.class, name = "copy"),
    @JsonSubTypes.Type(value = Recipe.Action.MakeDirectory.class, name = "directory")
  })
  private interface Actions {}

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .addModule(new Jdk8Module())
          .addModule(new JavaTimeModule())
          .addModule(
              new SimpleModule()
                  .addSerializer(Digest.class, ToStringSerializer.instance)
                  .addDeserializer(Digest.class, new Text<>(Digest.class, Digest::parse))
                  .addSerializer(Platform.class, ToStringSerializer.instance)
                  .addDeserializer(Platform.class, new Text<>(Platform.class, Platform::parse)))
          .addMixIn(Recipe.class, Recipes.class)
          .addMixIn(Recipe.Base.class, Bases.class)
          .addMixIn(Recipe.Source.Use.class, Uses.class)
          .addMixIn(Recipe.Source.Origin.class, Origins.class)
          .addMixIn(Recipe.Action.class, Actions.class)
          .visibility(PropertyAccessor.IS_GETTER, JsonAutoDetect.Visibility.NONE)
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .disable(SerializationFeature.FAIL_ON_EMPTY_BEANS)
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  private static final class Text<T> extends FromStringDeserializer<T> {
    private final transient Function<String, T> parse;

    Text(Class<T> type, Function<String, T> parse) {
      super(type);
      this.parse = parse;
    }

    @Override
    protected T _deserialize(String value, DeserializationContext context) throws IOException {
      try {
        return parse.apply(value);
      } catch (GraftException e) {
        throw new com.fasterxml.jackson.databind.JsonMappingException(
            context.getParser(), e.text(), e);
      }
    }
  }

  private RecipeJson() {}

  public static ObjectNode tree(Recipe recipe) {
    ObjectNode json = JSON.createObjectNode();
    json.put("version", VERSION);
    json.setAll(JSON.<ObjectNode>valueToTree(recipe));
    return json;
  }

  /// The stored form.
  public static byte[] write(Recipe recipe) {
    try {
      return JSON.writeValueAsBytes(tree(recipe));
    } catch (JsonProcessingException e) {
      throw GraftException.internal("cannot write a recipe: " + e.getOriginalMessage(), e);
    }
  }

  /// @throws GraftException CORRUPT where it is no recipe, NOT_IMPLEMENTED for a later version's
  public static Recipe read(byte[] bytes) {
    try {
      if (!(JSON.readTree(bytes) instanceof ObjectNode json)) {
        throw corrupt("it is no object", null);
      }
      int version = json.path("version").asInt(0);
      if (version > VERSION) {
        throw new GraftException(
            GraftException.Kind.NOT_IMPLEMENTED,
            "the recipe is of version "
                + version
                + ", which a later Graft wrote; this one reads up to "
                + VERSION);
      }
      return JSON.treeToValue(json, Recipe.class);
    } catch (JsonProcessingException e) {
      // What follows in brackets is advice for programmers.
      throw corrupt(e.getOriginalMessage().replaceFirst("(?s) ?\\(.*", ""), e);
    } catch (IOException | NullPointerException | IllegalArgumentException e) {
      throw corrupt(String.valueOf(e.getMessage()), e);
    }
  }

  private static GraftException corrupt(
      String why, @org.jspecify.annotations.Nullable Throwable cause) {
    return new GraftException(
        GraftException.Kind.CORRUPT, "the recipe cannot be read: " + why, cause);
  }
}
