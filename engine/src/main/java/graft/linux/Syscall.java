package graft.linux;

/// System calls that scripts make, with their numbers on x86-64: the only processor the machine
/// code of [Interpreter] is written for.
public enum Syscall {
  WRITE(1),
  RT_SIGACTION(13),
  RT_SIGPROCMASK(14),
  IOCTL(16),
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
  PRCTL(157),
  EXIT_GROUP(231),
  KEYCTL(250),
  OPENAT(257),
  DUP3(292),
  PRLIMIT64(302),
  SETNS(308),
  SECCOMP(317),
  EXECVEAT(322),
  CLOSE_RANGE(436);

  final int number;

  Syscall(int number) {
    this.number = number;
  }

  /// As manual pages spell it.
  public String text() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
