package graft.docker.buildkit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import graft.build.BuildRequest.Caches;
import graft.build.CacheExport;
import graft.build.CacheSource;
import graft.docker.buildkit.proto.Control.CacheEntry;
import graft.docker.buildkit.proto.Control.Exporter;
import graft.docker.buildkit.proto.Control.SolveRequest;
import graft.error.GraftException;
import graft.oci.Digest;
import graft.oci.Json;
import graft.oci.Reference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// What a client says of caches elsewhere (`--cache-from`, `--cache-to`), as values: a pure
/// function.
///
/// Source: `cache/remotecache` of moby/buildkit, and what buildx 0.29 makes of its options.
public final class CacheOptions {
  private static final Set<String> OF_EXPORTS =
      Set.of(
          "ref",
          "dest",
          "tag",
          "mode",
          "ignore-error",
          "image-manifest",
          "oci-mediatypes",
          "compression",
          "compression-level",
          "force-compression");

  /// A cache that is to be written.
  ///
  /// @param store of the client's, where it goes there
  /// @param mayFail the build is none the worse for it
  public record To(CacheExport export, String store, boolean mayFail) {}

  private CacheOptions() {}

  /// @param options of the frontend
  /// @param job what the client said when it began; used where the frontend was told nothing
  static Caches caches(Map<String, String> options, SolveRequest job) {
    List<CacheEntry> from = imports(options);
    List<CacheSource> sources = new ArrayList<>();
    for (CacheEntry entry : from.isEmpty() ? job.cacheImports() : from) {
      sources.add(source(entry));
    }
    boolean inline =
        inline(job.cacheExports())
            || Set.of("1", "true")
                .contains(options.getOrDefault("build-arg:BUILDKIT_INLINE_CACHE", ""));
    return new Caches(sources.stream().distinct().toList(), inline);
  }

  private static boolean inline(List<CacheEntry> exports) {
    return exports.stream().anyMatch(e -> e.type().equals("inline"));
  }

  /// Of a client that does not speak BuildKit's protocol, and so has no store.
  ///
  /// @param from for each cache its attributes, of which one is `type`
  public static Caches caches(List<Map<String, String>> from, List<Map<String, String>> to) {
    return new Caches(
        entries(from).stream().map(CacheOptions::source).distinct().toList(), inline(entries(to)));
  }

  public static List<To> writes(List<Map<String, String>> to) {
    return exports(entries(to));
  }

  private static List<CacheEntry> entries(List<Map<String, String>> all) {
    List<CacheEntry> entries = new ArrayList<>();
    for (Map<String, String> one : all) {
      Map<String, String> attributes = new HashMap<>(one);
      String type = String.valueOf(attributes.remove("type"));
      if (type.equals("local")) {
        throw GraftException.invalid(
            "caches in directories of the client are for docker buildx; graft build has those of the"
                + " types registry and inline");
      }
      entries.add(new CacheEntry(type, attributes));
    }
    return entries;
  }

  private static List<CacheEntry> imports(Map<String, String> options) {
    List<CacheEntry> all = new ArrayList<>();
    String json = options.getOrDefault("cache-imports", "");
    if (!json.isEmpty()) {
      for (JsonNode node : tree(json)) {
        Map<String, String> attributes = new HashMap<>();
        node.path("Attrs")
            .properties()
            .forEach(e -> attributes.put(e.getKey(), e.getValue().asText()));
        all.add(new CacheEntry(node.path("Type").asText(), attributes));
      }
    }
    for (String reference : options.getOrDefault("cache-from", "").split(",")) {
      if (!reference.isBlank()) {
        all.add(new CacheEntry("registry", Map.of("ref", reference.strip())));
      }
    }
    return all;
  }

  private static JsonNode tree(String json) {
    try {
      return Json.MAPPER.readTree(json);
    } catch (JsonProcessingException e) {
      throw GraftException.invalid("failed to unmarshal cache-imports: " + e.getOriginalMessage());
    }
  }

  private static CacheSource source(CacheEntry entry) {
    return switch (entry.type()) {
      case "registry" -> new CacheSource.Registry(reference(entry));
      case "local" ->
          new CacheSource.Store(
              "local:" + needed(entry, "src"), Digest.parse(needed(entry, "digest")));
      default -> throw unknown("from", entry);
    };
  }

  private static GraftException unknown(String option, CacheEntry entry) {
    return GraftException.invalid(
        "--cache-"
            + option
            + " type="
            + entry.type()
            + " is not supported: Graft has caches of the types registry, local and inline");
  }

  private static Reference reference(CacheEntry entry) {
    return Reference.parse(needed(entry, "ref")).withDefaultTag();
  }

  private static String needed(CacheEntry entry, String name) {
    String value = entry.attributes().getOrDefault(name, "");
    if (value.isEmpty()) {
      throw GraftException.invalid("a cache of type " + entry.type() + " needs " + name + "=…");
    }
    return value;
  }

  /// Those that are written after the build; the inline one is part of its image.
  static List<To> exports(List<CacheEntry> entries) {
    List<To> all = new ArrayList<>();
    for (CacheEntry entry : entries) {
      export(entry).ifPresent(all::add);
    }
    return all;
  }

  private static Optional<To> export(CacheEntry entry) {
    return switch (entry.type()) {
      case "inline" -> Optional.empty();
      case "registry" -> Optional.of(to(entry, new CacheExport.To.Registry(reference(entry)), ""));
      case "local" ->
          Optional.of(to(entry, new CacheExport.To.Client(), "local:" + needed(entry, "dest")));
      default -> throw unknown("to", entry);
    };
  }

  private static To to(CacheEntry entry, CacheExport.To where, String store) {
    for (String name : entry.attributes().keySet()) {
      if (!OF_EXPORTS.contains(name)) {
        throw GraftException.invalid(
            "--cache-to type=" + entry.type() + " has no option \"" + name + "\"");
      }
    }
    ExporterOptions options =
        new ExporterOptions(
            new Exporter(entry.type(), entry.attributes()), false, Optional.empty());
    boolean all =
        switch (entry.attributes().getOrDefault("mode", "min")) {
          case "min" -> false;
          case "max" -> true;
          case String other ->
              throw GraftException.invalid("invalid mode of a cache: " + other + " (min or max)");
        };
    return new To(
        new CacheExport(where, all, options.flag("oci-mediatypes", true), options.packing()),
        store,
        options.flag("ignore-error", false));
  }
}
