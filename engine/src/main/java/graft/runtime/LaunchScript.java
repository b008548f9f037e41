package graft.runtime;

import static graft.linux.Script.number;

import graft.linux.Launcher;
import graft.linux.LinuxFiles;
import graft.linux.Script;
import graft.linux.Script.Argument;
import graft.linux.Syscall;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The calls by which a process of ours, born in new namespaces, makes a container around itself
/// and becomes its first process.
///
/// **Whose paths.** After pivot_root every path is one of the container, and nobody else is in it
/// yet. What is mounted by us is mounted at an open directory that was reached without any link
/// (`/proc`, `/dev`, `/sys`: an image where they are links is refused), by fsopen and move_mount,
/// so that what lies there cannot become another thing in between. Mounts that were asked for come
/// last: others may work in what they bring (CVE-2025-31133, CVE-2025-52881).
///
/// **Numbers of descriptors.** The process has its streams, the report, and the files given to it,
/// and then none: what it opens gets the next number, and each step closes what it opened. A call
/// that fails ends it, so the numbers below are certain.
///
/// Source: the order of runc 1.1, libcontainer/rootfs_linux.go and standard_init_linux.go.
///
/// @param groups how many control groups are to be entered by their `tasks` files
/// @param joinsNetwork whether a network namespace is among the files
/// @param binds how many mounts of the host's are among the files
/// @param hierarchies of control groups version 1, by the directory each is mounted at, with its
///   controllers; empty for version 2
/// @param masked what is hidden, and whether it is a directory
/// @param place an empty directory of the engine's, which the root is attached to for a moment
record LaunchScript(
    ProcessScript process,
    int groups,
    boolean joinsNetwork,
    boolean ownNetwork,
    String hostname,
    List<LaunchMount> standard,
    List<LaunchMount.Fresh> asked,
    List<LaunchMount.Bind> binds,
    Map<String, String> hierarchies,
    Map<String, String> sysctls,
    Map<String, Boolean> masked,
    List<String> readOnly,
    String place) {
  static final long CLONE_NEWNS = 0x20000;
  static final long CLONE_NEWCGROUP = 0x02000000;
  static final long CLONE_NEWUTS = 0x04000000;
  static final long CLONE_NEWIPC = 0x08000000;
  static final long CLONE_NEWPID = 0x20000000;
  static final long CLONE_NEWNET = 0x40000000;

  private static final long AT_FDCWD = -100;
  private static final long MS_REC_PRIVATE = 0x4000 | 1 << 18;
  private static final long MNT_DETACH = 2;
  private static final long CLOEXEC = 1;
  private static final long SET_FLAG = 0;
  private static final long SET_STRING = 1;
  private static final long CREATE = 6;
  private static final long MOVE_F_EMPTY = 4;
  private static final long MOVE_BOTH_EMPTY = 4 | 0x40;
  private static final long CLONE_TREE = 1 | LinuxFiles.O_CLOEXEC;
  private static final long AT_EMPTY_PATH = 0x1000;
  private static final long AT_RECURSIVE = 0x8000;
  private static final long MOUNT_ATTR_SIZE = 32;
  private static final long S_IFCHR = 0020000;
  private static final long S_IFREG = 0100000;
  private static final long EVERYBODY = 0666;
  private static final long DIRECTORY_MODE = 0755;
  private static final long AF_INET = 2;
  private static final long SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
  private static final long SIOCSIFFLAGS = 0x8914;
  private static final byte[] LOOPBACK_UP = loopbackUp();

  private static final long NO_LINKS =
      LinuxFiles.RESOLVE_IN_ROOT
          | LinuxFiles.RESOLVE_NO_SYMLINKS
          | LinuxFiles.RESOLVE_NO_MAGICLINKS;
  private static final long LINKS_INSIDE =
      LinuxFiles.RESOLVE_IN_ROOT | LinuxFiles.RESOLVE_NO_MAGICLINKS;

  /// Number and name of the devices every container has.
  private static final Map<String, Long> DEVICES =
      new TreeMap<>(
          Map.of(
              "null", device(1, 3),
              "zero", device(1, 5),
              "full", device(1, 7),
              "random", device(1, 8),
              "urandom", device(1, 9),
              "tty", device(5, 0)));

  private static final Map<String, String> LINKS =
      new TreeMap<>(
          Map.of(
              "fd", "/proc/self/fd",
              "stdin", "/proc/self/fd/0",
              "stdout", "/proc/self/fd/1",
              "stderr", "/proc/self/fd/2",
              "ptmx", "pts/ptmx"));

  /// The root comes first among the files, then the groups, the network, and the mounts.
  private static final int ROOT = Launcher.FIRST_FILE;

  private static long device(long major, long minor) {
    return major << 8 | minor;
  }

  /// A `struct ifreq` of the interface lo with IFF_UP and IFF_RUNNING.
  private static byte[] loopbackUp() {
    byte[] request = new byte[40];
    request[0] = 'l';
    request[1] = 'o';
    request[16] = 0x41;
    return request;
  }

  private int network() {
    return ROOT + 1 + groups;
  }

  private int firstBind() {
    return network() + (joinsNetwork ? 1 : 0);
  }

  /// The number that the next descriptor gets.
  private int free() {
    return firstBind() + binds.size();
  }

  Script script() {
    Script script = Script.program();
    process.atHome(script);
    close(script);
    for (int i = 0; i < groups; i++) {
      script.call(Syscall.WRITE, number(ROOT + 1 + i), script.text("0"), number(1));
    }
    if (joinsNetwork) {
      script.call(Syscall.SETNS, number(network()), number(CLONE_NEWNET));
    }
    // After it is in its groups: they are the root of what it sees of them.
    script.call(Syscall.UNSHARE, number(CLONE_NEWCGROUP));
    process.session(script);
    enterRoot(script);
    script.call(Syscall.SETHOSTNAME, script.text(hostname), number(hostname.length()));
    script.call(Syscall.UMASK, number(0));
    for (LaunchMount mount : standard) {
      switch (mount) {
        case LaunchMount.Fresh fresh -> {
          directory(script, fresh.at());
          mount(script, fresh, NO_LINKS);
        }
        case LaunchMount.Groups at -> groups(script, at);
        case LaunchMount.Bind bind -> throw new IllegalStateException(bind.at());
      }
    }
    devices(script);
    sysctls.forEach(
        (name, value) -> ProcessScript.write(script, "/proc/sys/" + name.replace('.', '/'), value));
    if (ownNetwork) {
      Script.Call socket =
          script.call(Syscall.SOCKET, number(AF_INET), number(SOCK_DGRAM_CLOEXEC), number(0));
      Script.Call up =
          script.call(Syscall.IOCTL, number(-1), number(SIOCSIFFLAGS), script.bytes(LOOPBACK_UP));
      socket.into(up, 0);
    }
    close(script);
    hide(script);
    for (LaunchMount.Fresh fresh : asked) {
      mount(script, fresh, LINKS_INSIDE);
    }
    for (int i = 0; i < binds.size(); i++) {
      if (binds.get(i).at().startsWith("/dev/")) {
        place(script, binds.get(i));
      }
      target(script, binds.get(i).at(), LINKS_INSIDE);
      script.call(
          Syscall.MOVE_MOUNT,
          number(firstBind() + i),
          script.text(""),
          number(free()),
          script.text(""),
          number(MOVE_BOTH_EMPTY));
      close(script);
    }
    script.call(Syscall.UMASK, number(ProcessScript.UMASK));
    // What stands there until now is a descriptor of the host's.
    Script.Call none =
        script.call(
            Syscall.OPENAT,
            number(AT_FDCWD),
            script.text("/dev/null"),
            number(LinuxFiles.O_RDONLY | LinuxFiles.O_CLOEXEC));
    none.into(script.call(Syscall.DUP3, number(-1), number(0), number(0)), 0);
    process.become(script, ROOT);
    return script;
  }

  private void enterRoot(Script script) {
    Argument empty = script.text("");
    Argument root = script.text("/");
    Argument none = script.text("none");
    Argument here = script.text(".");
    script.call(Syscall.MOUNT, none, root, number(0), number(MS_REC_PRIVATE), number(0));
    Argument at = script.text(place);
    script.call(
        Syscall.MOVE_MOUNT, number(ROOT), empty, number(AT_FDCWD), at, number(MOVE_F_EMPTY));
    script.call(Syscall.CHDIR, at);
    script.call(Syscall.PIVOT_ROOT, here, here);
    script.call(Syscall.UMOUNT2, here, number(MNT_DETACH));
    script.call(Syscall.CHDIR, root);
  }

  private void directory(Script script, String path) {
    script
        .call(Syscall.MKDIRAT, number(AT_FDCWD), script.text(path), number(DIRECTORY_MODE))
        .orGoOn();
  }

  /// Something to be mounted at in the new `/dev`, where nobody else has been.
  private void place(Script script, LaunchMount.Bind bind) {
    String path = bind.at();
    for (int i = path.indexOf('/', 5); i > 0; i = path.indexOf('/', i + 1)) {
      directory(script, path.substring(0, i));
    }
    if (Files.isDirectory(bind.source())) {
      directory(script, path);
    } else {
      script
          .call(
              Syscall.MKNODAT,
              number(AT_FDCWD),
              script.text(path),
              number(S_IFREG | DIRECTORY_MODE),
              number(0))
          .orGoOn();
    }
  }

  /// Makes a file system and mounts it.
  private void mount(Script script, LaunchMount.Fresh mount, long walk) {
    int fs = free();
    script.call(Syscall.FSOPEN, script.text(mount.type()), number(CLOEXEC));
    set(script, fs, "source", mount.source().isEmpty() ? mount.type() : mount.source());
    mount
        .options()
        .forEach((key, value) -> {
          if (value.isEmpty()) {
            script.call(
                Syscall.FSCONFIG,
                number(fs),
                number(SET_FLAG),
                script.text(key),
                number(0),
                number(0));
          } else {
            set(script, fs, key, value);
          }
        });
    script.call(Syscall.FSCONFIG, number(fs), number(CREATE), number(0), number(0), number(0));
    script.call(Syscall.FSMOUNT, number(fs), number(CLOEXEC), number(mount.attributes()));
    target(script, mount.at(), walk);
    script.call(
        Syscall.MOVE_MOUNT,
        number(fs + 1),
        script.text(""),
        number(fs + 2),
        script.text(""),
        number(MOVE_BOTH_EMPTY));
    close(script);
  }

  private static void set(Script script, int fs, String key, String value) {
    script.call(
        Syscall.FSCONFIG,
        number(fs),
        number(SET_STRING),
        script.text(key),
        script.text(value),
        number(0));
  }

  /// Opens what is to be mounted at.
  private static Script.Call target(Script script, String path, long walk) {
    return script.call(
        Syscall.OPENAT2,
        number(AT_FDCWD),
        script.text(path),
        script.longs(LinuxFiles.O_PATH | LinuxFiles.O_CLOEXEC, 0, walk),
        number(24));
  }

  /// Closes all that was opened since the script began.
  private void close(Script script) {
    script.call(Syscall.CLOSE_RANGE, number(free()), number(0xffffffffL), number(0));
  }

  private void groups(Script script, LaunchMount.Groups mount) {
    String at = mount.at();
    if (hierarchies.isEmpty()) {
      mount(
          script,
          new LaunchMount.Fresh(at, "cgroup2", "cgroup", Map.of(), mount.attributes()),
          NO_LINKS);
      return;
    }
    long closed = LaunchMount.NOSUID | LaunchMount.NODEV | LaunchMount.NOEXEC;
    mount(
        script,
        new LaunchMount.Fresh(at, "tmpfs", "tmpfs", Map.of("mode", "755"), closed),
        NO_LINKS);
    hierarchies.forEach((name, controllers) -> {
      String path = at + "/" + name;
      directory(script, path);
      Map<String, String> options = new TreeMap<>();
      for (String one : controllers.split(",")) {
        int equals = one.indexOf('=');
        options.put(
            equals < 0 ? one : one.substring(0, equals),
            equals < 0 ? "" : one.substring(equals + 1));
        if (!one.equals(name) && equals < 0) {
          script.call(
              Syscall.SYMLINKAT, script.text(name), number(AT_FDCWD), script.text(at + "/" + one));
        }
      }
      mount(
          script,
          new LaunchMount.Fresh(path, "cgroup", "cgroup", options, mount.attributes()),
          NO_LINKS);
    });
    if ((mount.attributes() & LaunchMount.RDONLY) != 0) {
      target(script, at, NO_LINKS);
      seal(script, free(), LaunchMount.RDONLY, 0);
      close(script);
    }
  }

  private static void seal(Script script, int descriptor, long attributes, long flags) {
    script.call(
        Syscall.MOUNT_SETATTR,
        number(descriptor),
        script.text(""),
        number(AT_EMPTY_PATH | flags),
        script.longs(attributes, 0, 0, 0),
        number(MOUNT_ATTR_SIZE));
  }

  private void devices(Script script) {
    DEVICES.forEach((name, device) ->
        script.call(
            Syscall.MKNODAT,
            number(AT_FDCWD),
            script.text("/dev/" + name),
            number(S_IFCHR | EVERYBODY),
            number(device)));
    LINKS.forEach((name, to) ->
        script.call(
            Syscall.SYMLINKAT, script.text(to), number(AT_FDCWD), script.text("/dev/" + name)));
  }

  /// What of `/proc` and `/sys` is hidden, and what can only be read. They are of our own making.
  private void hide(Script script) {
    for (String path : readOnly) {
      // What this kernel does not have is passed over.
      cover(script, Optional.of(path), path, LaunchMount.RDONLY);
    }
    Map<Boolean, List<String>> kinds =
        masked.keySet().stream()
            .sorted()
            .collect(java.util.stream.Collectors.groupingBy(masked::get));
    for (String file : kinds.getOrDefault(false, List.of())) {
      cover(script, Optional.of("/dev/null"), file, 0);
    }
    for (String directory : kinds.getOrDefault(true, List.of())) {
      mount(
          script,
          new LaunchMount.Fresh(directory, "tmpfs", "tmpfs", Map.of(), LaunchMount.RDONLY),
          NO_LINKS);
    }
  }

  private void cover(Script script, Optional<String> source, String path, long attributes) {
    int tree = free();
    script.call(
        Syscall.OPEN_TREE,
        number(AT_FDCWD),
        script.text(source.orElse(path)),
        number(CLONE_TREE | AT_RECURSIVE));
    if (attributes != 0) {
      seal(script, tree, attributes, AT_RECURSIVE);
    }
    target(script, path, NO_LINKS);
    script.call(
        Syscall.MOVE_MOUNT,
        number(tree),
        script.text(""),
        number(tree + 1),
        script.text(""),
        number(MOVE_BOTH_EMPTY));
    close(script);
  }
}
