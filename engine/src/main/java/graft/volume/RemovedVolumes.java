package graft.volume;

import graft.linux.DiskUsage;
import graft.trash.Trash;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Volumes in the trash: their directories are renamed, since a name is free at once, to
/// `<root>/.trash-<name>@<id of the entry>`. No volume's name has an `@`.
record RemovedVolumes(Volumes volumes, Trash trash, Path root) implements Trash.Owner {
  private static final String PREFIX = ".trash-";

  Path place(Trash.Entry entry) {
    return root.resolve(PREFIX + entry.key() + "@" + entry.id());
  }

  /// Out of the volumes, into the trash or the other way round.
  static void move(Path from, Path to) throws IOException {
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
  }

  /// Brings names and records together again, where a kill came between the two.
  ///
  /// @param recorded the names of the volumes that have a record
  void settle(Set<String> recorded) throws IOException {
    try (DirectoryStream<Path> all = Files.newDirectoryStream(root, PREFIX + "*")) {
      for (Path place : all) {
        String file = String.valueOf(place.getFileName());
        int at = file.lastIndexOf('@');
        String name = file.substring(PREFIX.length(), Math.max(at, PREFIX.length()));
        if (trash.byId(file.substring(at + 1)).isPresent()) {
          continue;
        }
        if (recorded.contains(name) && Files.notExists(root.resolve(name))) {
          move(place, root.resolve(name));
        } else {
          delete(place);
        }
      }
    }
    for (Trash.Entry entry : trash.list()) {
      if (entry.kind() != Trash.Kind.VOLUME || Files.exists(place(entry))) {
        continue;
      }
      Path place = root.resolve(entry.key());
      if (!recorded.contains(entry.key()) && Files.exists(place)) {
        move(place, place(entry));
      } else {
        trash.drop(entry);
      }
    }
  }

  /// Nothing should be mounted there any more; if it is, it is not ours to delete.
  private static void delete(Path place) throws IOException {
    DeviceMounts.unmountAll(place.toRealPath());
    Trees.delete(place);
  }

  @Override
  public long measure(Trash.Entry entry) throws IOException {
    return DiskUsage.of(place(entry)).allocated();
  }

  @Override
  public boolean isCalled(Trash.Entry entry, String name) {
    return entry.key().equals(name);
  }

  @Override
  public void check(Trash.Entry entry, Optional<String> name) {
    volumes.checkFree(entry, name.orElse(entry.key()));
  }

  @Override
  public List<String> restore(Trash.Entry entry, Optional<String> name) throws IOException {
    volumes.bringBack(entry, name.orElse(entry.key()));
    return List.of();
  }

  @Override
  public void destroy(Trash.Entry entry) throws IOException {
    if (Files.exists(place(entry))) {
      delete(place(entry));
    }
  }
}
