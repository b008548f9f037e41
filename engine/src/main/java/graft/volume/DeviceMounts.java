package graft.volume;

import graft.error.GraftException;
import graft.linux.Errno;
import graft.linux.LinuxException;
import graft.linux.Mounts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;

/// Who uses which volume now, and the mounts of those that are a file system of their own (`type`,
/// `o`, `device`): mounted for the first user, unmounted after the last. Users are names, not a
/// count, so that an engine that comes back says them again and nothing is lost or counted twice.
///
/// Each volume has a lock, held across mount(2), which may take minutes where it asks a server.
final class DeviceMounts {
  private static final class Slot {
    final ReentrantLock turn = new ReentrantLock();
    final Set<String> users = new HashSet<>();
  }

  private final Map<String, Slot> slots = new ConcurrentHashMap<>();

  private Slot slot(Volume volume) {
    return slots.computeIfAbsent(volume.name(), _ -> new Slot());
  }

  /// False if this user has it already.
  boolean enter(Volume volume, String user) throws IOException {
    Slot slot = slot(volume);
    slot.turn.lock();
    try {
      if (volume.isDevice() && slot.users.isEmpty() && !Mounts.isMountPoint(real(volume))) {
        mount(volume);
      }
      return slot.users.add(user);
    } finally {
      slot.turn.unlock();
    }
  }

  /// False if this user did not have it.
  boolean leave(Volume volume, String user) throws IOException {
    Slot slot = slot(volume);
    slot.turn.lock();
    try {
      boolean had = slot.users.remove(user);
      if (had && slot.users.isEmpty() && volume.isDevice()) {
        unmountAll(real(volume));
      }
      return had;
    } finally {
      slot.turn.unlock();
    }
  }

  /// Takes away a mount that has no user: one that a former engine left.
  void settle(Volume volume) throws IOException {
    Slot slot = slot(volume);
    slot.turn.lock();
    try {
      if (slot.users.isEmpty() && volume.isDevice()) {
        unmountAll(real(volume));
      }
    } finally {
      slot.turn.unlock();
    }
  }

  void forget(String name) {
    slots.remove(name);
  }

  /// As /proc/self/mountinfo has it.
  private static Path real(Volume volume) throws IOException {
    return volume.path().toRealPath();
  }

  /// Everything that is mounted at or below a path: what is deleted afterwards must not be somebody
  /// else's files.
  static void unmountAll(Path path) throws IOException {
    for (Path mount : Mounts.below(path).reversed()) {
      Mounts.unmount(mount);
    }
    if (!Mounts.below(path).isEmpty()) {
      throw new IOException("cannot unmount what is mounted at " + path);
    }
  }

  private static void mount(Volume volume) {
    Map<String, String> options = volume.options();
    String tried = "error while mounting volume '" + volume.path() + "': ";
    String device = options.getOrDefault("device", "");
    String type = options.getOrDefault("type", "");
    if (device.isEmpty()) {
      throw GraftException.internal(tried + "missing device in volume options", null);
    }
    String words = options.getOrDefault("o", "");
    if (type.equals("nfs") || type.equals("cifs")) {
      words = withAddress(words, tried);
    }
    MountOptions parsed = MountOptions.parse(words);
    try {
      Mounts.mount(device, volume.path(), type, parsed.flags(), parsed.data());
    } catch (LinuxException e) {
      throw failed(tried, device, volume.path(), parsed, Errno.text(e.errno()), e);
    } catch (IOException e) {
      throw failed(tried, device, volume.path(), parsed, String.valueOf(e.getMessage()), e);
    }
    try {
      if (parsed.propagation() != 0) {
        Mounts.mount("", volume.path(), "", parsed.propagation(), "");
      }
      if (parsed.isReadOnlyBind()) {
        Mounts.mount("", volume.path(), "", parsed.remountFlags(), "");
      }
    } catch (IOException e) {
      GraftException failure =
          failed(tried, device, volume.path(), parsed, String.valueOf(e.getMessage()), e);
      try {
        unmountAll(real(volume));
      } catch (IOException again) {
        failure.addSuppressed(again);
      }
      throw failure;
    }
  }

  private static GraftException failed(
      String tried, String device, Path at, MountOptions options, String why, Exception cause) {
    String shown = options.data().replaceAll("(^|,)(pass(?:word)?=)[^,]*", "$1$2********");
    return GraftException.internal(
        tried
            + "failed to mount local volume: mount "
            + device
            + ":"
            + at
            + (options.flags() == 0 ? "" : ", flags: 0x" + Long.toHexString(options.flags()))
            + (shown.isEmpty() ? "" : ", data: " + shown)
            + ": "
            + why,
        cause);
  }

  /// The kernel wants the server of a network file system as a number; its name is looked up here.
  private static String withAddress(String words, String tried) {
    String[] all = words.split(",");
    for (int i = 0; i < all.length; i++) {
      if (all[i].startsWith("addr=") && all[i].length() > 5) {
        try {
          all[i] = "addr=" + InetAddress.getByName(all[i].substring(5)).getHostAddress();
        } catch (UnknownHostException e) {
          throw GraftException.internal(
              tried
                  + "error resolving passed in network volume address: lookup "
                  + all[i].substring(5)
                  + ": no such host",
              e);
        }
      }
    }
    return String.join(",", all);
  }
}
