package graft.runtime;

import static graft.linux.Script.number;

import graft.linux.Launcher;
import graft.linux.Script;
import graft.linux.Syscall;

/// The calls by which a process of ours becomes one of a running container, confined as the
/// container's own. The order is runc's (libcontainer/setns_init_linux.go), and the reason for each
/// place stands beside it.
///
/// @param groups how many control groups are to be entered by their `tasks` files
record ExecScript(ProcessScript process, int groups) {
  private static final long CLONE_NAMESPACES =
      0x20000 // mount
          | 0x02000000 // control group
          | 0x04000000 // host name
          | 0x08000000 // System V IPC
          | 0x20000000 // process ids
          | 0x40000000; // network
  private static final long CLONE_PARENT = 0x8000;
  private static final long SIGCHLD = 17;

  /// The container's pidfd is the first file of the script, its groups follow.
  static final int PIDFD = Launcher.FIRST_FILE;

  Script script() {
    Script script = Script.program();
    process.atHome(script);
    for (int i = 0; i < groups; i++) {
      // Whoever moves only itself does not wait for the kernel's lock over all processes.
      script.call(Syscall.WRITE, number(PIDFD + 1 + i), script.text("0"), number(1));
    }
    script.call(Syscall.SETNS, number(PIDFD), number(CLONE_NAMESPACES));
    // A process stays in its pid namespace, only its children are born in the new one. The child
    // has our parent, which awaits it.
    script.call(Syscall.CLONE, number(CLONE_PARENT | SIGCHLD)).reporting();
    process.session(script);
    process.become(script, PIDFD);
    return script;
  }
}
