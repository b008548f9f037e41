package graft.disk;

import graft.linux.DiskUsage;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Predicate;

/// Every byte under a data root, by what it is for: the parts are what `du -x` says of the whole,
/// and what belongs to none of them is [Part#UNKNOWN], which there should be nothing of.
public final class DiskAccount {
  public enum Part {
    /// The files of the layers, as containers see them.
    LAYERS("layers"),
    /// What it takes to give a layer's very tar again, and the indexes of their files.
    LAYER_RECORDS("layer records"),
    /// Manifests, configs and compressed layers, by digest.
    BLOBS("blobs"),
    /// What containers wrote.
    CONTAINERS("containers"),
    /// Logs of containers, and their files under /etc.
    CONTAINER_FILES("logs and container files"),
    VOLUMES("volumes"),
    /// What builds keep besides layers: contents of contexts, directories of cache mounts.
    BUILDS("files of builds"),
    /// Removed, and to be had back.
    TRASH("trash"),
    /// On the way in or out.
    PASSING("being made or deleted"),
    /// Graft's own: records, locks, mount points, advisories, plans.
    OWN("records"),
    UNKNOWN("unknown");

    private final String word;

    Part(String word) {
      this.word = word;
    }

    public String word() {
      return word;
    }
  }

  private final Path root;
  private final Predicate<String> trashedContainer;
  private final Map<Part, DiskUsage> parts = new EnumMap<>(Part.class);

  private DiskAccount(Path root, Predicate<String> trashedContainer) {
    this.root = root;
    this.trashedContainer = trashedContainer;
  }

  /// Reads the whole tree; this takes as long as `du` does.
  ///
  /// @param trashedContainer whether the container of this id is in the trash
  public static Map<Part, DiskUsage> of(Path root, Predicate<String> trashedContainer)
      throws IOException {
    DiskAccount account = new DiskAccount(root, trashedContainer);
    account.read();
    return account.parts;
  }

  private void add(Part part, DiskUsage usage) {
    parts.merge(part, usage, DiskUsage::plus);
  }

  private void read() throws IOException {
    for (Part part : Part.values()) {
      parts.put(part, DiskUsage.NONE);
    }
    DiskUsage named = DiskUsage.NONE;
    for (Path each : entries(root)) {
      if (!Files.isDirectory(each, java.nio.file.LinkOption.NOFOLLOW_LINKS)) {
        continue;
      }
      DiskUsage all = DiskUsage.of(each);
      named = named.plus(all);
      switch (name(each)) {
        case "overlay" -> overlay(each, all);
        case "content" -> add(Part.BLOBS, all);
        case "containers" -> {
          for (Path one : entries(each)) {
            DiskUsage usage = DiskUsage.of(one);
            all = all.minus(usage);
            add(trashedContainer.test(name(one)) ? Part.TRASH : Part.CONTAINER_FILES, usage);
          }
          add(Part.OWN, all);
        }
        case "volumes" -> {
          for (Path one : entries(each)) {
            DiskUsage usage = DiskUsage.of(one);
            all = all.minus(usage);
            add(
                name(one).startsWith(".trash-")
                    ? Part.TRASH
                    : name(one).startsWith(".") ? Part.PASSING : Part.VOLUMES,
                usage);
          }
          add(Part.OWN, all);
        }
        case "build" -> {
          for (Path kind : entries(each)) {
            for (Path one : entries(kind)) {
              DiskUsage usage = DiskUsage.of(one);
              all = all.minus(usage);
              add(Part.BUILDS, usage);
            }
          }
          add(Part.OWN, all);
        }
        case "facts" -> add(Part.LAYER_RECORDS, all);
        case "native", "networks", "advisories", "rollout" -> add(Part.OWN, all);
        default -> add(Part.UNKNOWN, all);
      }
    }
    // Files beside those directories are the engine's: records, reserve, lock, log.
    add(Part.OWN, DiskUsage.of(root).minus(named));
  }

  private void overlay(Path overlay, DiskUsage whole) throws IOException {
    DiskUsage left = whole;
    for (Path each : entries(overlay)) {
      DiskUsage all = DiskUsage.of(each);
      left = left.minus(all);
      switch (name(each)) {
        case "layers" -> {
          for (Path layer : entries(each)) {
            DiskUsage files = DiskUsage.of(layer.resolve("fs"));
            add(Part.LAYERS, files);
            all = all.minus(files);
          }
          add(Part.LAYER_RECORDS, all);
        }
        case "snapshots" -> {
          for (Path one : entries(each)) {
            DiskUsage usage = DiskUsage.of(one);
            all = all.minus(usage);
            add(trashedContainer.test(name(one)) ? Part.TRASH : Part.CONTAINERS, usage);
          }
          add(Part.OWN, all);
        }
        case "packed" -> {
          for (Path one : entries(each)) {
            DiskUsage layer = DiskUsage.of(one);
            add(Part.LAYERS, layer);
            all = all.minus(layer);
          }
          add(Part.LAYER_RECORDS, all);
        }
        case "staging", "trash" -> add(Part.PASSING, all);
        case "init", "empty" -> add(Part.OWN, all);
        default -> add(Part.UNKNOWN, all);
      }
    }
    add(Part.OWN, left);
  }

  private static String name(Path path) {
    return String.valueOf(path.getFileName());
  }

  private static java.util.List<Path> entries(Path directory) throws IOException {
    java.util.List<Path> all = new java.util.ArrayList<>();
    try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
      stream.forEach(all::add);
    } catch (NoSuchFileException e) {
      return java.util.List.of();
    }
    return all;
  }
}
