package graft.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import graft.linux.Traced;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The filter we compile, and the one that runc and libseccomp put on the same container, answer
/// every call alike. Theirs is read off a running process; both are run on all numbers of all
/// interfaces, with the arguments at which a profile may decide.
@Tag("root")
class SeccompFilterRootTest {
  private static final int[] INTERFACES = {0xC000003E, 0x40000003, 0xC00000B7, 0};
  private static final int NUMBERS = 1100;

  @TempDir Path directory;
  private RuntimeLab lab;

  @BeforeEach
  void open() throws IOException {
    lab = new RuntimeLab(directory);
  }

  @AfterEach
  void close() throws IOException {
    lab.close();
  }

  private static final String OPERATORS =
      """
      {"defaultAction": "%s", "defaultErrnoRet": 22,
       "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
       "syscalls": [
        {"names": ["read", "write", "close", "execve", "exit_group", "brk", "mmap", "mprotect",
          "futex", "rt_sigaction", "rt_sigprocmask", "nanosleep", "clock_nanosleep", "prctl",
          "setuid", "getuid", "arch_prctl", "openat", "fstat", "newfstatat", "capset", "capget",
          "setgroups", "setgid", "chdir", "dup3", "fcntl", "getdents64", "epoll_pwait", "gettid",
          "epoll_ctl", "getpid", "sigaltstack", "tgkill", "rt_sigreturn", "sched_yield", "madvise",
          "setresuid", "setresgid", "stat", "access", "readlinkat", "uname", "lstat", "ioctl",
          "fchown", "epoll_create1", "eventfd2", "pipe2", "poll", "wait4", "clone", "exit",
          "set_tid_address", "getrandom", "statfs", "fstatfs", "faccessat", "faccessat2", "lseek",
          "pread64", "unlinkat", "getppid", "keyctl", "getcwd", "close_range", "getsid", "readv", "writev"],
         "action": "SCMP_ACT_ALLOW"},
        {"names": ["mincore"], "action": "SCMP_ACT_ALLOW",
         "args": [{"index": 0, "value": 4294967301, "op": "SCMP_CMP_GT"},
                  {"index": 2, "value": 7, "op": "SCMP_CMP_LE"}]},
        {"names": ["msync"], "action": "SCMP_ACT_ALLOW",
         "args": [{"index": 1, "value": 4294967301, "op": "SCMP_CMP_GE"}]},
        {"names": ["shmget"], "action": "SCMP_ACT_ALLOW",
         "args": [{"index": 1, "value": 4294967301, "op": "SCMP_CMP_LT"}]},
        {"names": ["shmat"], "action": "SCMP_ACT_ALLOW",
         "args": [{"index": 3, "value": 40, "op": "SCMP_CMP_EQ"},
                  {"index": 3, "value": 7, "op": "SCMP_CMP_EQ"}]},
        {"names": ["shmctl"], "action": "SCMP_ACT_ALLOW",
         "args": [{"index": 5, "value": 65280, "valueTwo": 4608, "op": "SCMP_CMP_MASKED_EQ"}]},
        {"names": ["vhangup"], "action": "SCMP_ACT_TRAP"},
        {"names": ["swapon", "swapoff"], "action": "SCMP_ACT_ERRNO", "errnoRet": 99},
        {"names": ["reboot"], "action": "SCMP_ACT_KILL_PROCESS"},
        {"names": ["sync"], "action": "SCMP_ACT_KILL"}]}
      """;

  private static Spec.Security security(List<String> add, List<String> drop, String profile) {
    return new Spec.Security(
        add,
        drop,
        false,
        profile.isEmpty() ? Optional.empty() : Optional.of(profile),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        false,
        List.of());
  }

  static List<Spec.Security> confinements() {
    return List.of(
        Spec.Security.DEFAULT,
        security(List.of("SYS_ADMIN", "SYS_PTRACE", "SYS_TIME", "SYSLOG"), List.of(), ""),
        security(List.of(), List.of("SYS_CHROOT"), ""),
        security(List.of(), List.of(), OPERATORS.formatted("SCMP_ACT_ERRNO")),
        security(List.of(), List.of(), OPERATORS.formatted("SCMP_ACT_LOG")));
  }

  @ParameterizedTest
  @MethodSource("confinements")
  void answersAsRuncs(Spec.Security security) throws Exception {
    Spec spec = RuntimeLab.secured(RuntimeLab.process(false, "sleep", "100"), security);
    Runtime.Task task = lab.task(spec);
    int pid = lab.runtime.create(task);
    lab.runtime.start(task);
    RuntimeLab.awaitProgram(pid, "sleep");
    byte[] theirs = Traced.filter(pid);
    JsonNode profile =
        new JsonMapper()
            .readTree(task.directory().resolve("bundle/config.json").toFile())
            .path("linux")
            .path("seccomp");
    SeccompFilter ours = SeccompFilter.compile(profile).orElseThrow();
    assertThat(theirs.length).isGreaterThan(80);
    List<String> different = new ArrayList<>();
    Random random = new Random(11);
    Long[] values = values(profile).toArray(Long[]::new);
    int asked = 0;
    for (int arch : INTERFACES) {
      for (int base : new int[] {0, 0x40000000}) {
        for (int number = 0; number < NUMBERS; number++) {
          // The profile's numbers with all arguments, those beyond with a few.
          int tries = number < 480 ? values.length + 40 : 4;
          for (int i = 0; i < tries; i++) {
            long[] arguments = new long[6];
            for (int a = 0; a < 6; a++) {
              arguments[a] = i < values.length ? values[i] : values[random.nextInt(values.length)];
            }
            byte[] call = call(arch, base + number, arguments);
            int expected = run(theirs, call);
            int actual = run(ours.instructions(), call);
            asked++;
            if (expected != actual) {
              different.add(
                  "%x %d %x: %x, not %x".formatted(arch, number, arguments[0], actual, expected));
              break;
            }
          }
        }
      }
    }
    assertThat(asked).isGreaterThan(100_000);
    assertThat(different).isEmpty();
  }

  /// The numbers in conditions, their neighbours, and the same with other upper halves.
  private static Set<Long> values(JsonNode profile) {
    Set<Long> values = new TreeSet<>(Set.of(0L, 1L, -1L, 0x100000000L, 0x7fffffffL));
    for (JsonNode rule : profile.path("syscalls")) {
      for (JsonNode one : rule.path("args")) {
        for (String field : List.of("value", "valueTwo")) {
          long value = one.path(field).asLong();
          for (long near : new long[] {value - 1, value, value + 1, ~value}) {
            values.add(near);
            values.add(near ^ 0x100000000L);
            values.add(near & 0xffffffffL);
            values.add(near | 0xabcd0000L);
          }
        }
      }
    }
    return values;
  }

  /// A `struct seccomp_data`.
  private static byte[] call(int arch, int number, long[] arguments) {
    ByteBuffer data = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    data.putInt(number).putInt(arch).putLong(0x1234);
    for (long argument : arguments) {
      data.putLong(argument);
    }
    return data.array();
  }

  /// What the kernel does with classic BPF.
  private static int run(byte[] program, byte[] call) {
    ByteBuffer code = ByteBuffer.wrap(program).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer data = ByteBuffer.wrap(call).order(ByteOrder.LITTLE_ENDIAN);
    int a = 0;
    for (int at = 0; ; at++) {
      int op = code.getShort(at * 8);
      int yes = code.get(at * 8 + 2) & 0xff;
      int no = code.get(at * 8 + 3) & 0xff;
      int k = code.getInt(at * 8 + 4);
      switch (op) {
        case 0x20 -> a = data.getInt(k);
        case 0x54 -> a &= k;
        case 0x05 -> at += k;
        case 0x15 -> at += a == k ? yes : no;
        case 0x25 -> at += Integer.compareUnsigned(a, k) > 0 ? yes : no;
        case 0x35 -> at += Integer.compareUnsigned(a, k) >= 0 ? yes : no;
        case 0x45 -> at += (a & k) != 0 ? yes : no;
        case 0x06 -> {
          return k;
        }
        default -> throw new IllegalStateException("instruction %x at %d".formatted(op, at));
      }
    }
  }
}
