package graft.docker.container;

import com.fasterxml.jackson.databind.JsonNode;
import graft.container.Container;
import graft.container.ContainerSpec.MountKind;
import graft.container.ContainerSpec.MountRequest;
import graft.docker.json.Fields;
import graft.error.GraftException;
import graft.runtime.Spec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;

/// `Binds`, `Mounts`, `Tmpfs` and `VolumesFrom`.
final class MountBody {
  private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9][a-zA-Z0-9_.-]*");
  private static final Set<String> PROPAGATIONS =
      Set.of("private", "rprivate", "shared", "rshared", "slave", "rslave");
  private static final Set<String> OTHER_MODES =
      Set.of("ro", "rw", "z", "Z", "nocopy", "cached", "delegated", "consistent");

  private final List<MountRequest> mounts = new ArrayList<>();
  private final List<Spec.Mount> tmpfs = new ArrayList<>();

  List<MountRequest> mounts() {
    return mounts;
  }

  List<Spec.Mount> tmpfs() {
    return tmpfs;
  }

  /// @param find containers by name or id, for `VolumesFrom`
  static MountBody read(Fields host, Function<String, Container> find) {
    MountBody body = new MountBody();
    host.texts("Binds").forEach(body::bind);
    for (Fields mount : host.objects("Mounts")) {
      body.mount(mount);
    }
    host.map("Tmpfs")
        .forEach((target, options) -> {
          if (!target.startsWith("/")) {
            throw GraftException.invalid(
                "invalid mount path: '" + target + "' mount path must be absolute");
          }
          body.tmpfs.add(
              TmpfsOptions.mount(
                  target, options.isEmpty() ? List.of() : List.of(options.split(","))));
        });
    for (String from : host.texts("VolumesFrom")) {
      body.from(from, find);
    }
    return body;
  }

  // ---- Binds

  private void bind(String spec) {
    String[] parts = spec.split(":", -1);
    if (spec.isEmpty() || parts.length > 3) {
      throw invalidSpec(spec);
    }
    String source = parts.length == 1 ? "" : parts[0];
    String target = parts.length == 1 ? parts[0] : parts[1];
    String mode = parts.length == 3 ? parts[2] : "";
    if ((parts.length > 1 && source.isEmpty()) || target.isEmpty()) {
      throw invalidSpec(spec);
    }
    boolean host = source.startsWith("/");
    String propagation = "";
    boolean readOnly = false;
    boolean noCopy = false;
    for (String word : mode.isEmpty() ? new String[0] : mode.split(",")) {
      if (PROPAGATIONS.contains(word) && host && propagation.isEmpty()) {
        propagation = word;
      } else if (OTHER_MODES.contains(word) && !(word.equals("nocopy") && host)) {
        readOnly |= word.equals("ro");
        noCopy |= word.equals("nocopy");
      } else {
        throw GraftException.invalid("invalid mode: " + mode);
      }
    }
    if (!target.startsWith("/")) {
      throw GraftException.invalid(
          "invalid volume specification: '"
              + spec
              + "': invalid mount config for type \""
              + (host ? "bind" : "volume")
              + "\": invalid mount path: '"
              + target
              + "' mount path must be absolute");
    }
    if (Path.of(target).normalize().equals(Path.of("/"))) {
      throw GraftException.invalid(
          "invalid volume specification: '"
              + spec
              + "': invalid mount config for type \""
              + (host ? "bind" : "volume")
              + "\": invalid specification: destination can't be '/'");
    }
    if (!host) {
      checkName(source);
    }
    mounts.add(
        new MountRequest(
            host ? MountKind.BIND : MountKind.VOLUME,
            source,
            target,
            mode,
            readOnly,
            propagation,
            noCopy,
            host,
            "",
            List.of(),
            Map.of(),
            false));
  }

  private static GraftException invalidSpec(String spec) {
    return GraftException.invalid("invalid volume specification: '" + spec + "'");
  }

  private static void checkName(String name) {
    if (!name.isEmpty() && !NAME.matcher(name).matches()) {
      throw GraftException.invalid(
          "create "
              + name
              + ": \""
              + name
              + "\" includes invalid characters for a local volume name, only"
              + " \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host"
              + " directory, use absolute path");
    }
  }

  // ---- Mounts

  private void mount(Fields mount) {
    String type = mount.text("Type");
    String target = mount.text("Target");
    String source = mount.text("Source");
    if (type.equals("image") || type.equals("npipe") || type.equals("cluster")) {
      throw Refusal.of("a mount of type " + type);
    }
    if (!Set.of("bind", "volume", "tmpfs").contains(type)) {
      throw GraftException.invalid("mount type unknown: \"" + type + "\"");
    }
    checkTarget(type, target);
    boolean readOnly = mount.flag("ReadOnly");
    switch (type) {
      case "bind" -> bindMount(mount, source, target, readOnly);
      case "volume" -> volumeMount(mount, source, target, readOnly);
      default -> tmpfsMount(mount, source, target, readOnly);
    }
  }

  private static GraftException wrong(String type, String why) {
    return GraftException.invalid("invalid mount config for type \"" + type + "\": " + why);
  }

  private static void checkTarget(String type, String target) {
    if (target.isEmpty()) {
      throw wrong(type, "field Target must not be empty");
    }
    if (!target.startsWith("/")) {
      throw wrong(type, "invalid mount path: '" + target + "' mount path must be absolute");
    }
    if (Path.of(target).normalize().equals(Path.of("/"))) {
      throw wrong(type, "invalid specification: destination can't be '/'");
    }
  }

  private static void only(Fields mount, String type, String allowed) {
    for (String name : List.of("BindOptions", "VolumeOptions", "TmpfsOptions", "ImageOptions")) {
      if (!name.equals(allowed) && mount.has(name)) {
        throw wrong(type, "field " + name + " must not be specified");
      }
    }
  }

  private void bindMount(Fields mount, String source, String target, boolean readOnly) {
    only(mount, "bind", "BindOptions");
    if (source.isEmpty()) {
      throw wrong("bind", "field Source must not be empty");
    }
    if (!source.startsWith("/")) {
      throw wrong("bind", "invalid mount path: '" + source + "' mount path must be absolute");
    }
    Fields options = mount.object("BindOptions");
    String propagation = options.text("Propagation");
    if (!propagation.isEmpty() && !PROPAGATIONS.contains(propagation)) {
      throw wrong("bind", "invalid propagation mode: " + propagation);
    }
    for (String name : List.of("NonRecursive", "ReadOnlyForceRecursive")) {
      if (options.flag(name)) {
        throw Refusal.of("BindOptions." + name);
      }
    }
    mounts.add(
        new MountRequest(
            MountKind.BIND,
            source,
            target,
            "",
            readOnly,
            propagation,
            false,
            options.flag("CreateMountpoint"),
            "",
            List.of(),
            Map.of(),
            true));
  }

  private void volumeMount(Fields mount, String source, String target, boolean readOnly) {
    only(mount, "volume", "VolumeOptions");
    checkName(source);
    if (source.isEmpty() && readOnly) {
      throw wrong("volume", "must not set ReadOnly mode when using anonymous volumes");
    }
    Fields options = mount.object("VolumeOptions");
    Fields driver = options.object("DriverConfig");
    checkDriver(driver.text("Name"));
    if (!driver.map("Options").isEmpty()) {
      throw Refusal.of("VolumeOptions.DriverConfig.Options (create the volume first)");
    }
    mounts.add(
        new MountRequest(
            MountKind.VOLUME,
            source,
            target,
            "",
            readOnly,
            "",
            options.flag("NoCopy"),
            false,
            options.text("Subpath"),
            List.of(),
            options.map("Labels"),
            true));
  }

  static void checkDriver(String name) {
    if (!name.isEmpty() && !name.equals("local")) {
      throw GraftException.notFound(
          "error looking up volume plugin " + name + ": plugin \"" + name + "\" not found");
    }
  }

  private void tmpfsMount(Fields mount, String source, String target, boolean readOnly) {
    only(mount, "tmpfs", "TmpfsOptions");
    if (!source.isEmpty()) {
      throw wrong("tmpfs", "field Source must not be specified");
    }
    Fields options = mount.object("TmpfsOptions");
    List<String> words = new ArrayList<>();
    if (readOnly) {
      words.add("ro");
    }
    if (options.number("SizeBytes") > 0) {
      words.add("size=" + options.number("SizeBytes"));
    }
    if (options.number("Mode") > 0) {
      words.add("mode=" + Long.toOctalString(options.number("Mode")));
    }
    for (JsonNode pair : options.raw("Options")) {
      words.add(
          pair.size() == 2
              ? pair.get(0).asText() + "=" + pair.get(1).asText()
              : pair.path(0).asText());
    }
    tmpfs.add(TmpfsOptions.mount(target, words));
    mounts.add(
        new MountRequest(
            MountKind.TMPFS,
            "",
            target,
            "",
            readOnly,
            "",
            false,
            false,
            "",
            words,
            Map.of(),
            true));
  }

  // ---- VolumesFrom

  private void from(String spec, Function<String, Container> find) {
    int colon = spec.indexOf(':');
    String mode = colon < 0 ? "rw" : spec.substring(colon + 1);
    String name = colon < 0 ? spec : spec.substring(0, colon);
    if (name.isEmpty()) {
      throw GraftException.invalid("invalid volumes-from specification: '" + spec + "'");
    }
    if (!Set.of("ro", "rw", "z", "Z").contains(mode)) {
      throw GraftException.invalid("invalid mode: " + mode);
    }
    for (Container.MountPoint point : find.apply(name).mounts()) {
      boolean taken = mounts.stream().anyMatch(m -> m.target().equals(point.destination()));
      if (!taken) {
        mounts.add(
            new MountRequest(
                point.kind(),
                point.name().isEmpty() ? point.source() : point.name(),
                point.destination(),
                point.mode(),
                !point.writable() || mode.equals("ro"),
                point.kind() == MountKind.BIND ? point.propagation() : "",
                true,
                false,
                "",
                List.of(),
                Map.of(),
                false));
      }
    }
  }
}
