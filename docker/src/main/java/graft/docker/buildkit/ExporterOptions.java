package graft.docker.buildkit;

import graft.build.ImageExport;
import graft.build.ImageForm;
import graft.docker.buildkit.proto.Control.Exporter;
import graft.error.GraftException;
import graft.image.Annotations;
import graft.images.Packing;
import graft.images.Packing.Form;
import graft.oci.Reference;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/// What a client says of an exporter (`-o type=image,push=true,…`), as values: a pure function.
/// What is not known is refused, so that nobody believes it was done.
///
/// Source: `exporter/containerimage` of moby/buildkit.
public final class ExporterOptions {
  /// Of images, wherever they go. Those that follow `name` are the client's own or mean nothing
  /// here: images are always unpacked, and a store of images has no other names.
  private static final Set<String> OF_IMAGES =
      Set.of(
          "compression",
          "compression-level",
          "force-compression",
          "oci-mediatypes",
          "oci-artifact",
          "attestation-inline",
          "rewrite-timestamp",
          "name",
          "dest",
          "context",
          "unpack",
          "name-canonical",
          "dangling-name-prefix",
          "danging-name-empty-only",
          "prefer-image-digest",
          "prefer-nondist-layers",
          "buildinfo",
          "buildinfo-attrs");

  private static final Set<String> OF_STORES =
      Set.of("push", "push-by-digest", "store", "registry.insecure");

  private final Exporter exporter;
  private final boolean index;
  private final Optional<Instant> epoch;

  /// @param index the build is to give one
  /// @param epoch of the build
  ExporterOptions(Exporter exporter, boolean index, Optional<Instant> epoch) {
    this.exporter = exporter;
    this.index = index;
    this.epoch = epoch;
  }

  /// Of a client that does not speak BuildKit's protocol.
  public static ExporterOptions of(
      String type, Map<String, String> attributes, boolean index, Optional<Instant> epoch) {
    return new ExporterOptions(new Exporter(type, attributes), index, epoch);
  }

  private String option(String name) {
    return exporter.attributes().getOrDefault(name, "");
  }

  /// An option that is there without a value is on, as the command line has it.
  boolean flag(String name, boolean absent) {
    String value = exporter.attributes().get(name);
    if (value == null) {
      return absent;
    }
    return switch (value) {
      case "", "1", "t", "T", "true", "TRUE", "True" -> true;
      case "0", "f", "F", "false", "FALSE", "False" -> false;
      default -> throw GraftException.invalid("non-bool value specified for " + name);
    };
  }

  private void known(Set<String> more) {
    for (String name : exporter.attributes().keySet()) {
      if (!OF_IMAGES.contains(name) && !more.contains(name) && !Annotations.isOne(name)) {
        throw GraftException.invalid(
            "the exporter \"" + exporter.type() + "\" has no option \"" + name + "\"");
      }
    }
  }

  /// For `moby` and `image`.
  public ImageExport image() {
    known(OF_STORES);
    if (flag("registry.insecure", false)) {
      throw GraftException.invalid(
          "registry.insecure=true is not taken from a client: name the registry in"
              + " insecure-registries of the engine");
    }
    boolean push = flag("push", false);
    boolean byDigest = flag("push-by-digest", false);
    return new ImageExport(
        names(),
        flag("store", true),
        !push ? ImageExport.Push.NO : byDigest ? ImageExport.Push.DIGEST : ImageExport.Push.TAGS,
        form(flag("attestation-inline", true)));
  }

  /// For `oci` and `docker`.
  public ImageForm file() {
    known(Set.of("tar"));
    return form(flag("attestation-inline", false));
  }

  /// In one file, and not as a layout of many.
  boolean tar() {
    return flag("tar", true);
  }

  /// `a,b`.
  public List<Reference> names() {
    List<Reference> all = new ArrayList<>();
    Arrays.stream(option("name").split(",", -1))
        .filter(name -> !name.isBlank())
        .forEach(name -> all.add(Reference.parse(name).withDefaultTag()));
    return all;
  }

  private ImageForm form(boolean inline) {
    Packing packing = packing();
    boolean oci = flag("oci-mediatypes", true);
    boolean artifacts = flag("oci-artifact", false);
    if (!oci && packing.form() == Form.ZSTD) {
      throw GraftException.invalid(
          "exporter option \"compression=zstd\" conflicts with \"oci-mediatypes=false\"");
    }
    if (!oci && artifacts) {
      throw GraftException.invalid(
          "exporter option \"oci-artifact=true\" conflicts with \"oci-mediatypes=false\"");
    }
    return new ImageForm(
        packing,
        oci,
        artifacts,
        inline,
        index,
        Annotations.of(exporter.attributes()),
        flag("rewrite-timestamp", false) ? Optional.of(clamp()) : Optional.empty());
  }

  Packing packing() {
    String compression = option("compression");
    Form form =
        switch (compression) {
          case "", "gzip" -> Form.GZIP;
          case "zstd" -> Form.ZSTD;
          case "uncompressed" -> Form.UNCOMPRESSED;
          case "estargz" ->
              throw GraftException.invalid(
                  "compression=estargz is not supported: use gzip, zstd or uncompressed");
          default -> throw GraftException.invalid("unsupported compression type " + compression);
        };
    return new Packing(form, level(form), flag("force-compression", false));
  }

  private OptionalInt level(Form form) {
    String text = option("compression-level");
    if (text.isEmpty()) {
      return OptionalInt.empty();
    }
    int most =
        switch (form) {
          case UNCOMPRESSED -> 0;
          case GZIP -> 9;
          case ZSTD -> 22;
        };
    try {
      int level = Integer.parseInt(text);
      if (level >= 0 && level <= most) {
        return OptionalInt.of(level);
      }
    } catch (NumberFormatException _) {
      // said below
    }
    throw GraftException.invalid(
        "compression-level=" + text + " is not a number from 0 to " + most);
  }

  private Instant clamp() {
    return epoch.orElseThrow(() ->
        GraftException.invalid(
            "rewrite-timestamp=true needs a time: set the build argument SOURCE_DATE_EPOCH"));
  }

  /// That an exporter of files has only options that are known.
  static void check(Exporter exporter, Set<String> known) {
    Map<String, String> options = exporter.attributes();
    for (String name : options.keySet()) {
      if (!known.contains(name) && !Annotations.isOne(name)) {
        throw GraftException.invalid(
            "the exporter \"" + exporter.type() + "\" has no option \"" + name + "\"");
      }
    }
  }
}
