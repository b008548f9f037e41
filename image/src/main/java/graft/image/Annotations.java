package graft.image;

import graft.error.GraftException;
import graft.oci.Platform;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What is to be written beside an image, and where: on manifests or on the index, or on the
/// descriptors by which those are named.
///
/// Source: BuildKit, docs/annotations.md.
public record Annotations(List<Entry> entries) {
  public static final Annotations NONE = new Annotations(List.of());

  private static final Pattern KEY =
      Pattern.compile("annotation(?:-([a-z-]+))?(?:\\[([A-Za-z0-9_/.-]+)])?\\.(\\S+)");

  public enum Place {
    MANIFEST,
    MANIFEST_DESCRIPTOR,
    INDEX,
    INDEX_DESCRIPTOR
  }

  /// @param platform whose manifest is meant; all if empty
  public record Entry(Place place, Optional<Platform> platform, String key, String value) {}

  public Annotations {
    entries = List.copyOf(entries);
  }

  /// Those among the options of an exporter: `annotation-index[linux/arm64].key` → `value`.
  public static Annotations of(Map<String, String> options) {
    List<Entry> all = new ArrayList<>();
    new TreeMap<>(options)
        .forEach((name, value) -> {
          if (isOne(name)) {
            all.add(entry(name, value));
          }
        });
    return new Annotations(all);
  }

  /// Whether an exporter's option is one.
  public static boolean isOne(String option) {
    return option.matches("annotation[-.\\[].*");
  }

  private static Entry entry(String name, String value) {
    Matcher matcher = KEY.matcher(name);
    if (!matcher.matches()) {
      throw GraftException.invalid("invalid annotation \"" + name + "\"");
    }
    String type = matcher.group(1) == null ? "manifest" : matcher.group(1);
    Place place =
        switch (type) {
          case "manifest" -> Place.MANIFEST;
          case "manifest-descriptor" -> Place.MANIFEST_DESCRIPTOR;
          case "index" -> Place.INDEX;
          case "index-descriptor" -> Place.INDEX_DESCRIPTOR;
          default -> throw GraftException.invalid("unrecognized annotation type " + type);
        };
    return new Entry(
        place, Optional.ofNullable(matcher.group(2)).map(Platform::parse), matcher.group(3), value);
  }

  /// Those of a place that hold for a platform's manifest, the more special winning; of the index
  /// all, whatever platform they name.
  public Map<String, String> of(Place place, Platform platform) {
    Map<String, String> all = new TreeMap<>();
    for (boolean special : new boolean[] {false, true}) {
      for (Entry entry : entries) {
        if (entry.place() == place
            && entry.platform().isPresent() == special
            && (isOfIndex(place) || entry.platform().filter(p -> !p.equals(platform)).isEmpty())) {
          all.put(entry.key(), entry.value());
        }
      }
    }
    return all;
  }

  private static boolean isOfIndex(Place place) {
    return switch (place) {
      case INDEX, INDEX_DESCRIPTOR -> true;
      case MANIFEST, MANIFEST_DESCRIPTOR -> false;
    };
  }

  boolean hasOfIndex() {
    return entries.stream().anyMatch(e -> isOfIndex(e.place()));
  }
}
