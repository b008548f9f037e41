package graft.runtime;

import com.fasterxml.jackson.databind.JsonNode;
import graft.runtime.SyscallNumbers.Interface;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// A system call filter of the OCI specification as the instructions the kernel takes, for x86-64:
/// what runc has libseccomp make, with the same answer to every call.
///
/// The program first looks at the interface (x86-64, x32, i386), then seeks the number in a binary
/// tree of ranges with the same answer. Numbers above the highest that the profile knows get
/// ENOSYS, unless the profile is one that forbids and allows the rest: a program is to take a call
/// that is newer than the profile for one that the kernel has not.
///
/// Sources: linux/filter.h, linux/seccomp.h; OCI runtime-spec 1.2.1, config-linux.md, "Seccomp";
/// for the order of rules and ENOSYS runc 1.1, libcontainer/seccomp.
///
/// @param flags of seccomp(2)
/// @param instructions `struct sock_filter`, 8 bytes each
record SeccompFilter(long flags, byte[] instructions) {
  private static final int KILL_THREAD = 0;
  private static final int ENOSYS = 0x00050000 | 38;
  private static final int EPERM = 1;
  private static final int X32_BIT = 0x40000000;
  private static final int AUDIT_X86_64 = 0xC000003E;
  private static final int AUDIT_I386 = 0x40000003;

  private static final int LOAD = 0x20;
  private static final int AND = 0x54;
  private static final int JUMP = 0x05;
  private static final int EQUAL = 0x15;
  private static final int GREATER = 0x25;
  private static final int AT_LEAST = 0x35;
  private static final int RETURN = 0x06;

  private static final int NUMBER_AT = 0;
  private static final int INTERFACE_AT = 4;
  private static final int ARGUMENTS_AT = 16;
  private static final int MOST_INSTRUCTIONS = 4096;

  private static final Map<String, Interface> INTERFACES =
      Map.of(
          "SCMP_ARCH_X86_64", Interface.X86_64,
          "SCMP_ARCH_X32", Interface.X32,
          "SCMP_ARCH_X86", Interface.I386);

  private static final long FLAG_LOG = 2;
  private static final long FLAG_SPEC_ALLOW = 4;

  /// `value` and `other` as in the specification: of MASKED_EQ the mask and what is compared.
  private record Condition(int argument, String operator, long value, long other) {}

  /// All conditions must hold.
  private record Rule(List<Condition> conditions, int action) {}

  /// Numbers from `first` to the next segment's; several rules are alternatives, then `otherwise`.
  private record Segment(int first, List<Rule> rules, int otherwise) {}

  private record Instruction(int code, int yes, int no, int value) {}

  /// Something in the profile that is not known here.
  private static final class Unknown extends Exception {
    private static final long serialVersionUID = 1L;

    Unknown(String what) {
      super(what, null, false, false);
    }
  }

  /// Empty if the profile has something that only libseccomp knows to do: listeners, other
  /// processors, rules for one call that contradict each other.
  static Optional<SeccompFilter> compile(JsonNode profile) {
    try {
      return Optional.of(compiled(profile));
    } catch (Unknown _) {
      return Optional.empty();
    }
  }

  private static SeccompFilter compiled(JsonNode profile) throws Unknown {
    if (profile.has("listenerPath")) {
      throw new Unknown("listenerPath");
    }
    int otherwise = action(profile.path("defaultAction"), profile.path("defaultErrnoRet"));
    Set<Interface> interfaces = new HashSet<>(Set.of(Interface.X86_64));
    for (JsonNode name : profile.path("architectures")) {
      Interface known = INTERFACES.get(name.asText());
      if (known == null) {
        throw new Unknown(name.asText());
      }
      interfaces.add(known);
    }
    boolean permits =
        Set.of("SCMP_ACT_ALLOW", "SCMP_ACT_LOG", "SCMP_ACT_TRACE")
            .contains(profile.path("defaultAction").asText());
    List<Instruction> x64 = part(profile, Interface.X86_64, otherwise, permits);
    List<Instruction> program = new ArrayList<>();
    program.add(new Instruction(LOAD, 0, 0, INTERFACE_AT));
    List<Instruction> native0 = new ArrayList<>();
    native0.add(new Instruction(LOAD, 0, 0, NUMBER_AT));
    native0.add(new Instruction(AT_LEAST, 0, 1, X32_BIT));
    List<Instruction> x32 =
        interfaces.contains(Interface.X32)
            ? part(profile, Interface.X32, otherwise, permits)
            : List.of(result(permits ? KILL_THREAD : ENOSYS));
    native0.add(new Instruction(JUMP, 0, 0, x64.size()));
    native0.addAll(x64);
    native0.addAll(x32);
    program.add(new Instruction(EQUAL, 1, 0, AUDIT_X86_64));
    program.add(new Instruction(JUMP, 0, 0, native0.size()));
    program.addAll(native0);
    if (interfaces.contains(Interface.I386)) {
      program.add(new Instruction(EQUAL, 1, 0, AUDIT_I386));
      program.add(result(KILL_THREAD));
      program.add(new Instruction(LOAD, 0, 0, NUMBER_AT));
      program.addAll(part(profile, Interface.I386, otherwise, permits));
    } else {
      program.add(result(KILL_THREAD));
    }
    if (program.size() > MOST_INSTRUCTIONS) {
      throw new Unknown("too long");
    }
    return new SeccompFilter(flags(profile.path("flags")), bytes(program));
  }

  private static long flags(JsonNode names) throws Unknown {
    long flags = 0;
    for (JsonNode name : names) {
      switch (name.asText()) {
        case "SECCOMP_FILTER_FLAG_TSYNC" -> {} // there is one thread
        case "SECCOMP_FILTER_FLAG_LOG" -> flags |= FLAG_LOG;
        case "SECCOMP_FILTER_FLAG_SPEC_ALLOW" -> flags |= FLAG_SPEC_ALLOW;
        default -> throw new Unknown(name.asText());
      }
    }
    return flags;
  }

  private static int action(JsonNode name, JsonNode errno) throws Unknown {
    int data = errno.asInt(EPERM) & 0xffff;
    return switch (name.asText()) {
      case "SCMP_ACT_KILL", "SCMP_ACT_KILL_THREAD" -> KILL_THREAD;
      case "SCMP_ACT_KILL_PROCESS" -> 0x80000000;
      case "SCMP_ACT_TRAP" -> 0x00030000;
      case "SCMP_ACT_ERRNO" -> 0x00050000 | data;
      case "SCMP_ACT_TRACE" -> 0x7ff00000 | data;
      case "SCMP_ACT_LOG" -> 0x7ffc0000;
      case "SCMP_ACT_ALLOW" -> 0x7fff0000;
      default -> throw new Unknown(name.asText());
    };
  }

  /// The answers of one interface; the number is in the accumulator.
  private static List<Instruction> part(
      JsonNode profile, Interface which, int otherwise, boolean permits) throws Unknown {
    Map<String, Integer> numbers = SyscallNumbers.of(which);
    TreeMap<Integer, List<Rule>> rules = new TreeMap<>();
    int highest = -1;
    for (JsonNode rule : profile.path("syscalls")) {
      int action = action(rule.path("action"), rule.path("errnoRet"));
      List<Rule> alternatives = alternatives(rule.path("args"), action);
      for (JsonNode name : rule.path("names")) {
        Integer number = numbers.get(name.asText());
        if (number == null) {
          continue; // another interface's, or newer than the table
        }
        highest = Math.max(highest, number);
        if (action != otherwise) {
          rules.computeIfAbsent(number, _ -> new ArrayList<>()).addAll(alternatives);
        }
      }
    }
    int bit = which == Interface.X32 ? X32_BIT : 0;
    List<Segment> segments = new ArrayList<>();
    segments.add(new Segment(bit, List.of(), otherwise));
    for (Map.Entry<Integer, List<Rule>> entry : rules.entrySet()) {
      add(segments, answer(bit + entry.getKey(), entry.getValue(), otherwise));
      add(segments, new Segment(bit + entry.getKey() + 1, List.of(), otherwise));
    }
    if (highest >= 0 && !permits) {
      add(segments, new Segment(bit + highest + 1, List.of(), ENOSYS));
    }
    return tree(segments, which == Interface.X86_64);
  }

  private static Segment answer(int number, List<Rule> rules, int otherwise) throws Unknown {
    int action = rules.getFirst().action();
    if (rules.stream().anyMatch(rule -> rule.action() != action)) {
      throw new Unknown("different actions for one call");
    }
    return rules.stream().anyMatch(rule -> rule.conditions().isEmpty())
        ? new Segment(number, List.of(), action)
        : new Segment(number, rules, otherwise);
  }

  /// Replaces a last segment of the same beginning, and joins equal neighbours.
  private static void add(List<Segment> segments, Segment next) {
    if (segments.getLast().first() == next.first()) {
      segments.removeLast();
    }
    if (!segments.isEmpty()) {
      Segment last = segments.getLast();
      if (last.rules().isEmpty()
          && next.rules().isEmpty()
          && last.otherwise() == next.otherwise()) {
        return;
      }
    }
    segments.add(next);
  }

  /// Conditions on different arguments must hold together; as soon as two are on the same one, each
  /// is an alternative of its own.
  private static List<Rule> alternatives(JsonNode list, int action) throws Unknown {
    List<Condition> conditions = new ArrayList<>();
    Set<Integer> arguments = new HashSet<>();
    for (JsonNode one : list) {
      int index = one.path("index").asInt(-1);
      if (index < 0 || index > 5) {
        throw new Unknown("argument " + index);
      }
      conditions.add(
          new Condition(
              index,
              one.path("op").asText(),
              number(one.path("value")),
              number(one.path("valueTwo"))));
      arguments.add(index);
    }
    return arguments.size() == conditions.size()
        ? List.of(new Rule(conditions, action))
        : conditions.stream().map(c -> new Rule(List.of(c), action)).toList();
  }

  private static long number(JsonNode node) {
    return node.isBigInteger() ? node.bigIntegerValue().longValue() : node.asLong(0);
  }

  private static Instruction result(int action) {
    return new Instruction(RETURN, 0, 0, action);
  }

  /// The offsets of conditional jumps have eight bits, so a wide step is one over an unconditional.
  private static List<Instruction> tree(List<Segment> segments, boolean wide) throws Unknown {
    if (segments.size() == 1) {
      return leaf(segments.getFirst(), wide);
    }
    int half = segments.size() / 2;
    List<Instruction> below = tree(segments.subList(0, half), wide);
    List<Instruction> above = tree(segments.subList(half, segments.size()), wide);
    List<Instruction> all = new ArrayList<>();
    int first = segments.get(half).first();
    if (below.size() < 256) {
      all.add(new Instruction(AT_LEAST, below.size(), 0, first));
    } else {
      all.add(new Instruction(AT_LEAST, 0, 1, first));
      all.add(new Instruction(JUMP, 0, 0, below.size()));
    }
    all.addAll(below);
    all.addAll(above);
    return all;
  }

  private static List<Instruction> leaf(Segment segment, boolean wide) throws Unknown {
    List<Instruction> all = new ArrayList<>();
    for (Rule rule : segment.rules()) {
      List<Instruction> one = new ArrayList<>();
      for (Condition condition : rule.conditions().reversed()) {
        // What comes later in the rule is known when it is written: the distance to its end.
        one.addAll(0, condition(condition, wide, one.size() + 1));
      }
      one.add(result(rule.action()));
      all.addAll(one);
    }
    all.add(result(segment.otherwise()));
    return all;
  }

  /// Goes on behind itself if it holds, or else over `rest` more instructions.
  ///
  /// @param wide whether arguments have 64 bits; of the others the kernel's upper half is nothing
  private static List<Instruction> condition(Condition c, boolean wide, int rest) throws Unknown {
    int low = ARGUMENTS_AT + 8 * c.argument();
    int valueHigh = (int) (c.value() >>> 32);
    int valueLow = (int) c.value();
    long other = c.other() & c.value();
    int otherHigh = (int) (other >>> 32);
    int otherLow = (int) other;
    // Each list is given as "yes" and "no" and turned into distances below.
    List<Instruction> steps = new ArrayList<>();
    String operator = c.operator();
    if (wide) {
      steps.add(new Instruction(LOAD, NEXT, NEXT, low + 4));
      switch (operator) {
        case "SCMP_CMP_EQ" -> steps.add(new Instruction(EQUAL, NEXT, NO, valueHigh));
        case "SCMP_CMP_NE" -> steps.add(new Instruction(EQUAL, NEXT, YES, valueHigh));
        case "SCMP_CMP_MASKED_EQ" -> {
          steps.add(new Instruction(AND, NEXT, NEXT, valueHigh));
          steps.add(new Instruction(EQUAL, NEXT, NO, otherHigh));
        }
        case "SCMP_CMP_GT", "SCMP_CMP_GE" -> {
          steps.add(new Instruction(GREATER, YES, NEXT, valueHigh));
          steps.add(new Instruction(EQUAL, NEXT, NO, valueHigh));
        }
        case "SCMP_CMP_LT", "SCMP_CMP_LE" -> {
          steps.add(new Instruction(GREATER, NO, NEXT, valueHigh));
          steps.add(new Instruction(EQUAL, NEXT, YES, valueHigh));
        }
        default -> throw new Unknown(operator);
      }
    }
    steps.add(new Instruction(LOAD, NEXT, NEXT, low));
    switch (operator) {
      case "SCMP_CMP_EQ" -> steps.add(new Instruction(EQUAL, YES, NO, valueLow));
      case "SCMP_CMP_NE" -> steps.add(new Instruction(EQUAL, NO, YES, valueLow));
      case "SCMP_CMP_MASKED_EQ" -> {
        steps.add(new Instruction(AND, NEXT, NEXT, valueLow));
        steps.add(new Instruction(EQUAL, YES, NO, otherLow));
      }
      case "SCMP_CMP_GT" -> steps.add(new Instruction(GREATER, YES, NO, valueLow));
      case "SCMP_CMP_GE" -> steps.add(new Instruction(AT_LEAST, YES, NO, valueLow));
      case "SCMP_CMP_LT" -> steps.add(new Instruction(AT_LEAST, NO, YES, valueLow));
      case "SCMP_CMP_LE" -> steps.add(new Instruction(GREATER, NO, YES, valueLow));
      default -> throw new Unknown(operator);
    }
    List<Instruction> placed = new ArrayList<>();
    for (int i = 0; i < steps.size(); i++) {
      Instruction step = steps.get(i);
      int left = steps.size() - 1 - i;
      boolean jump = step.code() != LOAD && step.code() != AND;
      placed.add(
          new Instruction(
              step.code(),
              jump ? distance(step.yes(), left, rest) : 0,
              jump ? distance(step.no(), left, rest) : 0,
              step.value()));
    }
    return placed;
  }

  private static final int NEXT = 0;
  private static final int YES = 1;
  private static final int NO = 2;

  private static int distance(int where, int left, int rest) throws Unknown {
    int distance =
        switch (where) {
          case YES -> left;
          case NO -> left + rest;
          default -> 0;
        };
    if (distance > 255) {
      throw new Unknown("a rule too long");
    }
    return distance;
  }

  private static byte[] bytes(List<Instruction> program) {
    ByteBuffer buffer = ByteBuffer.allocate(program.size() * 8).order(ByteOrder.LITTLE_ENDIAN);
    for (Instruction one : program) {
      buffer.putShort((short) one.code()).put((byte) one.yes()).put((byte) one.no());
      buffer.putInt(one.value());
    }
    return buffer.array();
  }

  /// How many instructions.
  int size() {
    return instructions.length / 8;
  }
}
