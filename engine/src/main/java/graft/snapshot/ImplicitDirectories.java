package graft.snapshot;

import graft.layer.TarEntry.Name;
import graft.linux.Fd;
import graft.linux.LinuxException;
import graft.linux.LinuxFiles;
import graft.linux.LinuxFiles.Stat;
import graft.oci.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// Directories that the tars of a batch did not name, and whose mode and owner are those that the
/// layers below give them. Layers of one image come in at the same time and in any order, so this
/// is settled when all of them are there, from the lowest to the topmost.
final class ImplicitDirectories {
  private record Layer(Path files, List<Digest> parents, Set<Name> names) {}

  private final List<Layer> layers = new ArrayList<>();

  synchronized void add(Path files, List<Digest> parents, Set<Name> names) {
    if (!names.isEmpty()) {
      layers.add(new Layer(files, List.copyOf(parents), Set.copyOf(names)));
    }
  }

  /// @param filesOf where the files of a layer are; empty if it is not here
  synchronized void settle(Function<Digest, Optional<Path>> filesOf) throws IOException {
    layers.sort(Comparator.comparingInt(layer -> layer.parents().size()));
    for (Layer layer : layers) {
      try (Stack below = Stack.open(layer.parents(), filesOf);
          Fd root = LinuxFiles.open(layer.files().toString(), LinuxFiles.O_DIRECTORY)) {
        for (Name name : layer.names()) {
          Optional<Stat> like = below.directory(name);
          if (like.isPresent()) {
            set(root, name, like.get());
          }
        }
      }
    }
  }

  private static void set(Fd root, Name name, Stat like) throws IOException {
    try (Fd directory = open(root, name, LinuxFiles.O_RDONLY, LinuxFiles.RESOLVE_NO_SYMLINKS)) {
      LinuxFiles.chown(directory, like.uid(), like.gid());
      LinuxFiles.chmod(directory, like.permissions());
    } catch (LinuxException e) {
      // A later entry of the same tar took its place.
      if (!e.isMissing()) {
        throw e;
      }
    }
  }

  private static Fd open(Fd root, Name name, int flags, long resolve) throws LinuxException {
    return LinuxFiles.openat2(
        root.number(),
        name.bytes(),
        LinuxFiles.O_DIRECTORY | flags,
        0,
        LinuxFiles.RESOLVE_IN_ROOT | LinuxFiles.RESOLVE_NO_MAGICLINKS | resolve);
  }

  /// The layers below, topmost first.
  private record Stack(List<Fd> roots) implements AutoCloseable {
    static Stack open(List<Digest> parents, Function<Digest, Optional<Path>> filesOf)
        throws IOException {
      Stack stack = new Stack(new ArrayList<>());
      try {
        for (Digest parent : parents) {
          Optional<Path> files = filesOf.apply(parent);
          if (files.isPresent()) {
            int flags = LinuxFiles.O_DIRECTORY | LinuxFiles.O_PATH;
            stack.roots.add(LinuxFiles.open(files.get().toString(), flags));
          }
        }
        return stack;
      } catch (IOException e) {
        stack.close();
        throw e;
      }
    }

    Optional<Stat> directory(Name name) throws IOException {
      for (Fd root : roots) {
        try (Fd found = ImplicitDirectories.open(root, name, LinuxFiles.O_PATH, 0)) {
          return Optional.of(LinuxFiles.stat(found.number(), new byte[0]));
        } catch (LinuxException e) {
          if (!e.isMissing()) {
            throw e;
          }
        }
      }
      return Optional.empty();
    }

    @Override
    public void close() {
      roots.forEach(Fd::close);
    }
  }
}
