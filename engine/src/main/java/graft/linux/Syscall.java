package graft.linux;

/// System calls that scripts make, with their numbers on x86-64: the only processor the machine
/// code of [Interpreter] is written for.
public enum Syscall {
  WRITE(1),
  RT_SIGACTION(13),
  RT_SIGPROCMASK(14),
  IOCTL(16),
  SOCKET(41),
  CLONE(56),
  EXECVE(59),
  FCNTL(72),
  CHDIR(80),
  FCHOWN(93),
  UMASK(95),
  SETSID(112),
  SETGROUPS(116),
  SETRESUID(117),
  SETRESGID(119),
  CAPSET(126),
  PIVOT_ROOT(155),
  PRCTL(157),
  MOUNT(165),
  UMOUNT2(166),
  SETHOSTNAME(170),
  EXIT_GROUP(231),
  KEYCTL(250),
  OPENAT(257),
  MKDIRAT(258),
  MKNODAT(259),
  SYMLINKAT(266),
  UNSHARE(272),
  DUP3(292),
  PRLIMIT64(302),
  SETNS(308),
  SECCOMP(317),
  EXECVEAT(322),
  OPEN_TREE(428),
  MOVE_MOUNT(429),
  FSOPEN(430),
  FSCONFIG(431),
  FSMOUNT(432),
  CLOSE_RANGE(436),
  OPENAT2(437),
  MOUNT_SETATTR(442);

  final int number;

  Syscall(int number) {
    this.number = number;
  }

  /// As manual pages spell it.
  public String text() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
