package graft.build.run;

import graft.build.Rooms;
import graft.error.GraftException;
import graft.inventory.Bytes;
import graft.inventory.Evidence;
import graft.inventory.Inventory;
import graft.inventory.PackageFiles;
import graft.oci.Digest;
import graft.recipe.Recipe;
import graft.snapshot.RootFiles;
import graft.snapshot.Snapshotter;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// What a step did to the packages of its image: the databases before and after, of which the
/// layers are only asked if the new one has a database in it.
final class StepPackages {
  /// Of each list; a whole distribution may be copied at once.
  private static final int MOST = 10_000;

  /// Bytes of a database. Desktops have 10 MB.
  private static final int LARGEST = 64 << 20;

  private StepPackages() {}

  /// @param below what the image had, bottom first
  /// @param layer what the step put on it
  static Optional<Recipe.Packages> of(Rooms rooms, List<Digest> below, Digest layer)
      throws IOException {
    if (!hasDatabase(rooms, layer)) {
      return Optional.empty();
    }
    List<Digest> after = new ArrayList<>(below);
    after.add(layer);
    Databases old = read(rooms, below);
    Databases now = read(rooms, after);
    List<Recipe.Package> added = difference(now, old);
    List<Recipe.Package> removed = difference(old, now);
    boolean truncated =
        !old.whole() || !now.whole() || added.size() > MOST || removed.size() > MOST;
    return added.isEmpty() && removed.isEmpty()
        ? Optional.empty()
        : Optional.of(new Recipe.Packages(first(added), first(removed), truncated));
  }

  private static boolean hasDatabase(Rooms rooms, Digest layer) throws IOException {
    try (RootFiles files = RootFiles.open(rooms.layers().lower(layer))) {
      for (String place : PackageFiles.DATABASES) {
        if (files.stat(place).isPresent()) {
          return true;
        }
      }
      return files.stat(PackageFiles.STATUS_D).isPresent();
    }
  }

  /// What the databases of package managers say.
  ///
  /// @param whole whether all of them was read
  private record Databases(Set<Recipe.Package> packages, boolean whole) {}

  /// Only these files are read: the index of the layers below may not be made yet, and a build does
  /// not wait for it.
  private static Databases read(Rooms rooms, List<Digest> layers) throws IOException {
    Set<Recipe.Package> packages = new LinkedHashSet<>();
    boolean whole = true;
    if (layers.isEmpty()) {
      return new Databases(packages, whole);
    }
    try (Snapshotter.View view = rooms.snapshots().view(layers.reversed());
        RootFiles files = RootFiles.open(view.root())) {
      for (String place : places(files)) {
        Optional<byte[]> bytes = contents(files, place);
        if (bytes.isPresent()) {
          byte[] head = Arrays.copyOf(bytes.get(), Math.min(4, bytes.get().length));
          PackageFiles.Found found = PackageFiles.read(place, head, Bytes.of(bytes.get()));
          whole &= found.skipped().isEmpty() && bytes.get().length < LARGEST;
          if (found.evidence().orElse(null) instanceof Evidence.Database database) {
            database.packages().forEach(p -> packages.add(named(p.installed())));
          }
        }
      }
    }
    return new Databases(packages, whole);
  }

  private static List<String> places(RootFiles files) throws IOException {
    List<String> all = new ArrayList<>(PackageFiles.DATABASES);
    if (files.stat(PackageFiles.STATUS_D).filter(RootFiles.FileStat::isDirectory).isPresent()) {
      files.list(PackageFiles.STATUS_D).stream()
          .limit(MOST)
          .forEach(name -> all.add(PackageFiles.STATUS_D + "/" + name));
    }
    return all;
  }

  /// Links are followed inside the root. What is no regular file is passed over: an image may have
  /// anything of that name.
  private static Optional<byte[]> contents(RootFiles files, String path) throws IOException {
    try (InputStream in = files.read(path)) {
      return Optional.of(in.readNBytes(LARGEST));
    } catch (GraftException e) {
      if (e.kind() == GraftException.Kind.NOT_FOUND || e.kind() == GraftException.Kind.INVALID) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static List<Recipe.Package> difference(Databases of, Databases without) {
    Set<Recipe.Package> all = new LinkedHashSet<>(of.packages());
    all.removeAll(without.packages());
    return List.copyOf(all);
  }

  private static Recipe.Package named(Inventory.Installed p) {
    return new Recipe.Package(
        p.manager().name().toLowerCase(Locale.ROOT), p.name(), p.version(), p.architecture());
  }

  private static List<Recipe.Package> first(List<Recipe.Package> all) {
    return all.subList(0, Math.min(MOST, all.size()));
  }
}
