package graft.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Network namespaces that live as long as a bind mount of them, not as long as a process.
///
/// A namespace belongs to a thread, and a thread of the JVM that has changed it must never do other
/// work again: everything here that leaves the engine's namespace runs in a platform thread made
/// for it, which ends with it.
public final class NetworkNamespaces {
  /// What is done inside.
  @FunctionalInterface
  public interface Inside<T> {
    T call() throws IOException;
  }

  /// A way into a namespace: a socket inside it, and a descriptor that stands for it.
  public record Fresh(Netlink netlink, int descriptor) implements AutoCloseable {
    @Override
    public void close() {
      netlink.close();
      Descriptor.closeQuietly(descriptor);
    }
  }

  private static final Native.Function UNSHARE = Native.ofInt("unshare", 1);
  private static final Native.Function SETNS = Native.ofInt("setns", 2);
  private static final Native.Function MOUNT = Native.ofInt("mount", 5);
  private static final Native.Function UMOUNT = Native.ofInt("umount2", 2);
  private static final Native.Function OPEN = Native.ofInt("open", 2);

  private static final int CLONE_NEWNET = 0x40000000;
  private static final long MS_BIND = 4096;
  private static final int MNT_DETACH = 2;
  private static final int O_CLOEXEC = 0x80000;
  private static final String SELF = "/proc/thread-self/ns/net";

  private NetworkNamespaces() {}

  /// Makes a namespace, binds it to the (new) file `at`, and runs `first` inside it, before
  /// anything but a loopback device that is down exists there.
  public static Fresh create(Path at, Inside<?> first) throws IOException {
    Files.createFile(at);
    try {
      return elsewhere(() -> {
        unshare();
        bind(SELF, at);
        first.call();
        Netlink netlink = Netlink.open();
        try {
          return new Fresh(netlink, open(SELF));
        } catch (IOException | RuntimeException e) {
          netlink.close();
          throw e;
        }
      });
    } catch (IOException | RuntimeException e) {
      delete(at);
      throw e;
    }
  }

  /// The same, for a namespace that belongs to a user namespace.
  ///
  /// @param user `/proc/PID/ns/user` or a bind mount of one
  public static Fresh create(Path user, Path at, Inside<?> first) throws IOException {
    Files.createFile(at);
    try {
      UserNamespaces.createNetwork(user, at);
      return inside(
          at,
          () -> {
            first.call();
            Netlink netlink = Netlink.open();
            try {
              return new Fresh(netlink, open(SELF));
            } catch (IOException | RuntimeException e) {
              netlink.close();
              throw e;
            }
          });
    } catch (IOException | RuntimeException e) {
      delete(at);
      throw e;
    }
  }

  /// A socket inside an existing namespace, and a descriptor that stands for it.
  public static Fresh open(Path at) throws IOException {
    return inside(
        at,
        () -> {
          Netlink netlink = Netlink.open();
          try {
            return new Fresh(netlink, open(SELF));
          } catch (IOException | RuntimeException e) {
            netlink.close();
            throw e;
          }
        });
  }

  /// Runs something inside the namespace bound to a file (or `/proc/PID/ns/net`). It must not start
  /// nor wake virtual threads: their carriers could be born there.
  public static <T> T inside(Path namespace, Inside<T> work) throws IOException {
    return elsewhere(() -> {
      int fd = open(namespace.toString());
      try {
        setns(fd, namespace);
      } finally {
        Descriptor.closeQuietly(fd);
      }
      return work.call();
    });
  }

  /// Takes the name away; the namespace goes with its last process. Nothing if there is none.
  public static void delete(Path at) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      long path = Native.string(arena, at.toString());
      while (UMOUNT.call(errno, path, MNT_DETACH) == 0) {
        // Mounts may lie on top of each other after an unlucky kill: take them all.
      }
      int error = Native.errno(errno);
      if (error != Errno.EINVAL && error != Errno.ENOENT) {
        throw new LinuxException("umount2", at.toString(), error);
      }
    }
    Files.deleteIfExists(at);
  }

  private static <T> T elsewhere(Inside<T> work) throws IOException {
    List<T> result = new ArrayList<>(1);
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    Thread thread =
        Thread.ofPlatform()
            .name("graft-netns")
            .daemon()
            .start(() -> {
              try {
                result.add(work.call());
              } catch (Throwable t) {
                failure.set(t);
              }
            });
    boolean interrupted = false;
    while (true) {
      try {
        thread.join();
        break;
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    Throwable t = failure.get();
    if (t instanceof IOException e) {
      throw e;
    }
    if (t != null) {
      throw Native.impossible(t);
    }
    return result.getFirst();
  }

  private static void unshare() throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      if (UNSHARE.call(errno, CLONE_NEWNET) != 0) {
        throw new LinuxException("unshare", "network namespace", Native.errno(errno));
      }
    }
  }

  private static void setns(int fd, Path namespace) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      if (SETNS.call(errno, fd, CLONE_NEWNET) != 0) {
        throw new LinuxException("setns", namespace.toString(), Native.errno(errno));
      }
    }
  }

  private static void bind(String source, Path target) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      long from = Native.string(arena, source);
      long to = Native.string(arena, target.toString());
      if (MOUNT.call(errno, from, to, 0, MS_BIND, 0) != 0) {
        throw new LinuxException("bind mount", target.toString(), Native.errno(errno));
      }
    }
  }

  private static int open(String path) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      int fd = (int) OPEN.call(errno, Native.string(arena, path), O_CLOEXEC);
      if (fd < 0) {
        throw new LinuxException("open", path, Native.errno(errno));
      }
      return fd;
    }
  }
}
