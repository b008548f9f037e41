package graft.container;

import graft.error.GraftException;
import graft.linux.Mounts;
import graft.runtime.Spec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// `/dev/shm` of containers that share it. Where it is to be shared it is mounted on the host,
/// where others can bind it from; where not, the runtime makes it inside and nobody else sees it.
final class SharedMemory {
  private static final Path OF_HOST = Path.of("/dev/shm");
  private static final long FLAGS = Mounts.MS_NOSUID | Mounts.MS_NODEV | Mounts.MS_NOEXEC;

  private final ContainerFiles files;
  private final Function<String, Container> find;

  SharedMemory(ContainerFiles files, Function<String, Container> find) {
    this.files = files;
    this.find = find;
  }

  /// What is to be bound at /dev/shm, if it is not the runtime's to make.
  Optional<Spec.Mount> prepare(Container c) throws IOException {
    String mode = c.spec().modes().ipc();
    Path source;
    if (mode.equals("shareable")) {
      source = files.shm(c.id());
      Files.createDirectories(source);
      if (!Mounts.isMountPoint(source)) {
        Mounts.mount("shm", source, "tmpfs", FLAGS, "mode=1777,size=" + c.spec().run().shmSize());
      }
    } else if (mode.startsWith("container:")) {
      source = of(find.apply(mode.substring("container:".length())));
    } else {
      return Optional.empty();
    }
    return Optional.of(
        new Spec.Mount("/dev/shm", "bind", source.toString(), List.of("rbind", "rprivate")));
  }

  /// Where the one of a container that others may join lies.
  private Path of(Container donor) {
    String mode = donor.spec().modes().ipc();
    if (mode.equals("shareable")) {
      return files.shm(donor.id());
    }
    if (mode.equals("host")) {
      return OF_HOST;
    }
    if (mode.startsWith("container:")) {
      return of(find.apply(mode.substring("container:".length())));
    }
    throw GraftException.internal(
        "failed to join IPC namespace: container "
            + donor.id()
            + ": non-shareable IPC (hint: use IpcMode:shareable for the donor container)",
        null);
  }

  /// Takes the mount away; those who joined keep what they have bound. Idempotent.
  void release(String id) throws IOException {
    Path shm = files.shm(id);
    if (Files.exists(shm)) {
      Mounts.unmount(shm);
    }
  }
}
