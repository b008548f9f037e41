package graft.runtime;

import static graft.linux.Script.number;

import com.fasterxml.jackson.databind.JsonNode;
import graft.linux.Script;
import graft.linux.Script.Argument;
import graft.linux.Syscall;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The calls that make one process what the OCI specification says of it, wherever it is: its
/// session, user, capabilities, filter of system calls, and at last the program. The order is
/// runc's (libcontainer/standard_init_linux.go and setns_init_linux.go).
///
/// @param process as the OCI specification describes it
/// @param program where the program was found
/// @param env complete, without doubles
/// @param container its id, which names the session keyring
record ProcessScript(
    JsonNode process,
    String program,
    Map<String, String> env,
    String container,
    Optional<SeccompFilter> filter,
    Stdio stdio,
    int lastCapability) {
  private static final int SIGKILL = 9;
  private static final int SIGSTOP = 19;
  private static final int SIGNALS = 64;
  private static final long SIG_SETMASK = 2;
  private static final long AT_FDCWD = -100;
  private static final long O_WRONLY_CLOEXEC = 0x80001;
  private static final long TIOCSCTTY = 0x540E;
  private static final long KEYCTL_JOIN_SESSION_KEYRING = 1;
  private static final long PR_SET_DUMPABLE = 4;
  private static final long PR_SET_KEEPCAPS = 8;
  private static final long PR_CAPBSET_DROP = 24;
  private static final long PR_SET_NO_NEW_PRIVS = 38;
  private static final long PR_CAP_AMBIENT = 47;
  private static final long PR_CAP_AMBIENT_CLEAR_ALL = 4;
  private static final long SECCOMP_SET_MODE_FILTER = 1;
  private static final long CAPABILITY_VERSION_3 = 0x20080522;
  static final long UMASK = 022;
  private static final long ALL = 0xffffffffL;

  /// What a process that dies dumps: Linux's default, not what the JVM has set for itself.
  private static final String COREDUMP_FILTER = "0x33";

  /// A session of its own, with its own keyring, and with the terminal if it has one.
  void session(Script script) {
    script.call(Syscall.SETSID);
    script.call(
        Syscall.KEYCTL, number(KEYCTL_JOIN_SESSION_KEYRING), script.text("_ses." + container));
    if (stdio == Stdio.TERMINAL) {
      script.call(Syscall.IOCTL, number(0), number(TIOCSCTTY), number(0));
    }
  }

  /// The end of the script: from the engine's root to the program.
  ///
  /// @param first the descriptor from which on all are closed
  void become(Script script, int first) {
    own(script);
    boolean strict = process.path("noNewPrivileges").asBoolean();
    if (strict) {
      script.call(Syscall.PRCTL, number(PR_SET_NO_NEW_PRIVS), number(1));
    } else {
      confine(script); // it takes a capability that is dropped below
    }
    // For good, not only at execve: a descriptor of a directory of the host would be a way there.
    script.call(Syscall.CLOSE_RANGE, number(first), number(ALL), number(0));
    // A directory may be open to us and not to the user, or the other way round (NFS).
    Argument cwd = script.text(cwd());
    Script.Call chdir = script.call(Syscall.CHDIR, cwd);
    rest(script, strict, Optional.empty());
    chdir.orGoTo(rest(script, strict, Optional.of(cwd)));
  }

  String cwd() {
    return process.path("cwd").asText("/");
  }

  /// What is done where `/proc` is the host's, of whose files the container knows nothing.
  void atHome(Script script) {
    write(script, "/proc/self/coredump_filter", COREDUMP_FILTER);
    if (process.has("oomScoreAdj")) {
      write(script, "/proc/self/oom_score_adj", process.path("oomScoreAdj").asText());
    }
    for (JsonNode limit : process.path("rlimits")) {
      String name = limit.path("type").asText().substring("RLIMIT_".length());
      script.call(
          Syscall.PRLIMIT64,
          number(0),
          number(SpecWriter.LIMITS.indexOf(name.toLowerCase(Locale.ROOT))),
          script.longs(
              limit.path("soft").bigIntegerValue().longValue(),
              limit.path("hard").bigIntegerValue().longValue()),
          number(0));
    }
    // Handlers were reset by the fork; what the engine's starter had ignored is still ignored.
    Argument standard = script.longs(0, 0, 0, 0);
    for (int signal = 1; signal <= SIGNALS; signal++) {
      if (signal != SIGKILL && signal != SIGSTOP) {
        script.call(Syscall.RT_SIGACTION, number(signal), standard, number(0), number(8));
      }
    }
    script.call(Syscall.UMASK, number(UMASK));
  }

  static void write(Script script, String path, String text) {
    Script.Call open =
        script.call(Syscall.OPENAT, number(AT_FDCWD), script.text(path), number(O_WRONLY_CLOEXEC));
    open.into(script.call(Syscall.WRITE, number(-1), script.text(text), number(text.length())), 0);
  }

  /// The user may open `/dev/stdout` anew; `/dev/null` is everybody's and stays root's.
  private void own(Script script) {
    List<Integer> ours =
        switch (stdio) {
          case NULL -> List.of();
          case OUTPUT -> List.of(1, 2);
          case PIPES -> List.of(0, 1, 2);
          case TERMINAL -> List.of(0);
        };
    for (int descriptor : ours) {
      script.call(Syscall.FCHOWN, number(descriptor), number(uid()), number(-1)).orGoOn();
    }
  }

  private long uid() {
    return process.path("user").path("uid").asLong();
  }

  private void confine(Script script) {
    filter.ifPresent(f ->
        script.call(
            Syscall.SECCOMP,
            number(SECCOMP_SET_MODE_FILTER),
            number(f.flags()),
            script.filter(f.instructions())));
  }

  /// From root to the user and to the program. Capabilities outlive the change of user until they
  /// are set to what the container has; those of a user that is not root go at execve.
  ///
  /// @param cwd where to go as the user, if one could not go there before
  private Script.Call rest(Script script, boolean strict, Optional<Argument> cwd) {
    JsonNode user = process.path("user");
    long gid = user.path("gid").asLong();
    long uid = uid();
    long capabilities = capabilities();
    Script.Call first = script.call(Syscall.PRCTL, number(PR_SET_KEEPCAPS), number(1));
    for (int i = 0; i <= lastCapability; i++) {
      if ((capabilities >> i & 1) == 0) {
        script.call(Syscall.PRCTL, number(PR_CAPBSET_DROP), number(i));
      }
    }
    List<Long> more = new ArrayList<>();
    user.path("additionalGids").forEach(one -> more.add(one.asLong()));
    script.call(Syscall.SETGROUPS, number(more.size()), script.ints(more));
    script.call(Syscall.SETRESGID, number(gid), number(gid), number(gid));
    script.call(Syscall.SETRESUID, number(uid), number(uid), number(uid));
    script.call(Syscall.PRCTL, number(PR_SET_DUMPABLE), number(0)); // a change of user may reset it
    cwd.ifPresent(path -> script.call(Syscall.CHDIR, path));
    script.call(Syscall.PRCTL, number(PR_SET_KEEPCAPS), number(0));
    script.call(Syscall.PRCTL, number(PR_CAP_AMBIENT), number(PR_CAP_AMBIENT_CLEAR_ALL));
    long low = capabilities & ALL;
    long high = capabilities >>> 32;
    script.call(
        Syscall.CAPSET,
        script.ints(List.of(CAPABILITY_VERSION_3, 0L)),
        script.ints(List.of(low, low, 0L, high, high, 0L)));
    if (strict) {
      confine(script);
    }
    script.call(Syscall.RT_SIGPROCMASK, number(SIG_SETMASK), script.longs(0), number(0), number(8));
    List<String> args = new ArrayList<>();
    process.path("args").forEach(arg -> args.add(arg.asText()));
    List<String> pairs = new ArrayList<>();
    env.forEach((key, value) -> pairs.add(key + "=" + value));
    script.call(Syscall.EXECVE, script.text(program), script.texts(args), script.texts(pairs));
    return first;
  }

  private long capabilities() {
    long mask = 0;
    for (JsonNode name : process.path("capabilities").path("bounding")) {
      mask |= 1L << Capabilities.number(name.asText());
    }
    return mask;
  }
}
