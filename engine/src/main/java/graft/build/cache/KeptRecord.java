package graft.build.cache;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import graft.db.Db;
import graft.oci.Digest;
import graft.recipe.Recipe;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The form of a [Kept] in the records of the engine, where its key is the name.
record KeptRecord(
    List<String> parents,
    String slot,
    String layer,
    List<String> below,
    long size,
    @Nullable String identity,
    Instant created,
    Instant used,
    int count,
    String description,
    @Nullable String content,
    List<String> lines,
    Recipe.@Nullable Packages packages) {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .addModule(new JavaTimeModule())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  static Kept read(String name, String body) throws IOException {
    KeptRecord s = JSON.readValue(body, KeptRecord.class);
    Digest key = Digest.parse(name);
    return new Kept(
        key,
        s.parents().stream().map(Digest::parse).toList(),
        Digest.parse(s.slot()),
        Digest.parse(s.layer()),
        s.below().stream().map(Digest::parse).toList(),
        s.size(),
        Optional.ofNullable(s.identity()).map(Digest::parse),
        s.created(),
        s.used(),
        s.count(),
        s.description(),
        s.content() == null ? key : Digest.parse(s.content()),
        s.lines(),
        Optional.ofNullable(s.packages()));
  }

  static Db.Change put(String kind, Kept k) throws IOException {
    KeptRecord record =
        new KeptRecord(
            texts(k.parents()),
            k.slot().toString(),
            k.layer().toString(),
            texts(k.below()),
            k.size(),
            k.identity().map(Digest::toString).orElse(null),
            k.created(),
            k.used(),
            k.count(),
            k.description(),
            k.content().toString(),
            k.lines(),
            k.packages().orElse(null));
    return new Db.Change.Put(kind, k.key().toString(), JSON.writeValueAsString(record));
  }

  private static List<String> texts(List<Digest> digests) {
    return digests.stream().map(Digest::toString).toList();
  }
}
