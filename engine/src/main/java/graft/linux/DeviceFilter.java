package graft.linux;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/// Which devices the processes of a control group of version 2 may use: a small program that the
/// kernel runs at each opening (bpf(2), BPF_PROG_TYPE_CGROUP_DEVICE, Linux 4.15).
///
/// Source: kernel, include/uapi/linux/bpf.h (`struct bpf_cgroup_dev_ctx`); the rules are those of
/// the OCI specification, of which the last that fits counts.
public final class DeviceFilter {
  /// @param type `a`, `b` or `c`
  /// @param major -1 for any
  /// @param access out of `rwm`
  public record Rule(boolean allow, char type, int major, int minor, String access) {}

  private static final Native.Function SYSCALL = Native.ofLong("syscall", 4);
  private static final long BPF = System.getProperty("os.arch", "").equals("aarch64") ? 280 : 321;
  private static final int PROG_LOAD = 5;
  private static final int PROG_ATTACH = 8;
  private static final int TYPE_CGROUP_DEVICE = 15;
  private static final int ATTACH_CGROUP_DEVICE = 6;
  private static final int ALLOW_MULTI = 2;
  private static final int ATTRIBUTES = 128;

  private static final int LOAD_WORD = 0x61;
  private static final int AND_NUMBER = 0x54;
  private static final int SHIFT_RIGHT = 0x74;
  private static final int MOVE = 0xbc;
  private static final int MOVE_NUMBER = 0xb7;
  private static final int UNLESS_NUMBER = 0x55;
  private static final int UNLESS_SAME = 0x5d;
  private static final int EXIT = 0x95;

  private static final int RESULT = 0;
  private static final int CONTEXT = 1;
  private static final int TYPE = 2;
  private static final int ACCESS = 3;
  private static final int MAJOR = 4;
  private static final int MINOR = 5;

  private DeviceFilter() {}

  /// In effect until the group is removed.
  ///
  /// @param group its directory, open for reading
  public static void attach(Fd group, List<Rule> rules) throws IOException {
    byte[] program = program(rules);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      MemorySegment code = arena.allocate(program.length, 8);
      MemorySegment.copy(program, 0, code, ValueLayout.JAVA_BYTE, 0, program.length);
      MemorySegment load = arena.allocate(ATTRIBUTES, 8);
      load.set(ValueLayout.JAVA_INT, 0, TYPE_CGROUP_DEVICE);
      load.set(ValueLayout.JAVA_INT, 4, program.length / 8);
      load.set(ValueLayout.JAVA_LONG, 8, code.address());
      load.set(ValueLayout.JAVA_LONG, 16, Native.string(arena, "Apache-2.0"));
      long fd = SYSCALL.call(errno, BPF, PROG_LOAD, load.address(), ATTRIBUTES);
      if (fd < 0) {
        throw new LinuxException("load a filter of devices", "", Native.errno(errno));
      }
      try (Fd filter = new Fd((int) fd)) {
        MemorySegment attach = arena.allocate(ATTRIBUTES, 8);
        attach.set(ValueLayout.JAVA_INT, 0, group.number());
        attach.set(ValueLayout.JAVA_INT, 4, filter.number());
        attach.set(ValueLayout.JAVA_INT, 8, ATTACH_CGROUP_DEVICE);
        attach.set(ValueLayout.JAVA_INT, 12, ALLOW_MULTI);
        if (SYSCALL.call(errno, BPF, PROG_ATTACH, attach.address(), ATTRIBUTES) < 0) {
          throw new LinuxException("filter the devices of", "a group", Native.errno(errno));
        }
      }
    }
  }

  /// The last rule is looked at first; what none fits is refused.
  static byte[] program(List<Rule> rules) {
    ByteBuffer code =
        ByteBuffer.allocate((6 + 8 * rules.size()) * 8).order(ByteOrder.LITTLE_ENDIAN);
    put(code, LOAD_WORD, TYPE, CONTEXT, 0, 0);
    put(code, MOVE, ACCESS, TYPE, 0, 0);
    put(code, AND_NUMBER, TYPE, 0, 0, 0xffff);
    put(code, SHIFT_RIGHT, ACCESS, 0, 0, 16);
    put(code, LOAD_WORD, MAJOR, CONTEXT, 4, 0);
    put(code, LOAD_WORD, MINOR, CONTEXT, 8, 0);
    for (Rule rule : rules.reversed()) {
      int length =
          (rule.type() == 'a' ? 0 : 1)
              + 3
              + (rule.major() < 0 ? 0 : 1)
              + (rule.minor() < 0 ? 0 : 1)
              + 2;
      int end = code.position() / 8 + length;
      if (rule.type() != 'a') {
        unless(code, end, UNLESS_NUMBER, TYPE, 0, rule.type() == 'b' ? 1 : 2);
      }
      // All that is asked for must be in the rule.
      put(code, MOVE, CONTEXT, ACCESS, 0, 0);
      put(code, AND_NUMBER, CONTEXT, 0, 0, mask(rule.access()));
      unless(code, end, UNLESS_SAME, CONTEXT, ACCESS, 0);
      if (rule.major() >= 0) {
        unless(code, end, UNLESS_NUMBER, MAJOR, 0, rule.major());
      }
      if (rule.minor() >= 0) {
        unless(code, end, UNLESS_NUMBER, MINOR, 0, rule.minor());
      }
      put(code, MOVE_NUMBER, RESULT, 0, 0, rule.allow() ? 1 : 0);
      put(code, EXIT, 0, 0, 0, 0);
    }
    put(code, MOVE_NUMBER, RESULT, 0, 0, 0);
    put(code, EXIT, 0, 0, 0, 0);
    byte[] bytes = new byte[code.position()];
    code.flip().get(bytes);
    return bytes;
  }

  private static int mask(String access) {
    return (access.contains("m") ? 1 : 0)
        | (access.contains("r") ? 2 : 0)
        | (access.contains("w") ? 4 : 0);
  }

  /// Goes to the instruction `end` unless the two are the same.
  private static void unless(
      ByteBuffer code, int end, int operation, int left, int right, int number) {
    put(code, operation, left, right, end - code.position() / 8 - 1, number);
  }

  private static void put(
      ByteBuffer code, int operation, int destination, int source, int offset, int number) {
    code.put((byte) operation);
    code.put((byte) (source << 4 | destination));
    code.putShort((short) offset);
    code.putInt(number);
  }
}
