package graft.linux;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// System calls prepared by us and made, one after the other, by a process that is nothing else
/// ([Interpreter]): what is between a fork and the program that is to run has to be decided before.
///
/// A call that succeeds is followed by the next; one that fails ends the process, after it has said
/// which one it was, unless [Call#orGoOn] or [Call#orGoTo] says otherwise. A result may become an
/// argument of a later call ([Call#into]), so a descriptor can be opened and used.
///
/// **Layout** of the block, absolute addresses in it: the entries, then data (strings, arrays). An
/// entry is 13 words of 8 bytes: number, six arguments, where the result is stored besides, what
/// follows a negative, a zero and a positive result (addresses of entries; 0 ends the process), the
/// result, and the entry's index.
public final class Script {
  static final int ENTRY = 104;
  static final int RESULT = 88;
  static final int INDEX = 96;
  static final int ARGUMENTS = 6;

  /// What stands in the place of a result that is not there yet.
  static final long NOT_REACHED = 0x7777;

  /// An argument.
  public sealed interface Argument {
    record Number(long value) implements Argument {}

    /// A place in the script's data.
    record Place(int offset) implements Argument {}
  }

  private record Pointer(int at, int to) {}

  private sealed interface Next {
    /// The entry behind.
    record Following() implements Next {}

    /// None: the process ends.
    record End() implements Next {}

    record Entry(Call call) implements Next {}
  }

  private static final Next FOLLOWING = new Next.Following();
  private static final Next END = new Next.End();

  /// One call of the script.
  public static final class Call {
    private final int index;
    private final Syscall name;
    private final Argument[] arguments;
    private Next negative = END;
    private Next positive = FOLLOWING;
    private @Nullable Call receiver;
    private int receives;

    private Call(int index, Syscall name, Argument[] arguments) {
      this.index = index;
      this.name = name;
      this.arguments = arguments;
    }

    public Syscall name() {
      return name;
    }

    /// A failure is of no importance.
    public Call orGoOn() {
      negative = FOLLOWING;
      return this;
    }

    /// After a failure `call` comes next.
    public void orGoTo(Call call) {
      negative = new Next.Entry(call);
    }

    /// A positive result ends the process, after it was reported, as a failure does: that of the
    /// parent of a fork.
    public Call reporting() {
      positive = END;
      return this;
    }

    /// Its result becomes that argument of a later call.
    public Call into(Call later, int argument) {
      receiver = later;
      receives = argument;
      return this;
    }
  }

  private static final long PR_SET_DUMPABLE = 4;
  private static final long CLOSE_RANGE_CLOEXEC = 4;

  private final List<Call> calls = new ArrayList<>();
  private final List<Pointer> pointers = new ArrayList<>();
  private byte[] data = new byte[1024];
  private int used;

  Script() {}

  /// The script of a program of its own. It first makes sure that nobody can trace it, and that
  /// what it has open is closed when it becomes another program.
  public static Script program() {
    Script script = new Script();
    script.call(Syscall.PRCTL, number(PR_SET_DUMPABLE), number(0));
    script.call(
        Syscall.CLOSE_RANGE,
        number(Interpreter.REPORT),
        number(0xffffffffL),
        number(CLOSE_RANGE_CLOEXEC));
    return script;
  }

  public static Argument number(long value) {
    return new Argument.Number(value);
  }

  public Call call(Syscall name, Argument... arguments) {
    Call call = new Call(calls.size(), name, Arrays.copyOf(arguments, ARGUMENTS));
    calls.add(call);
    return call;
  }

  Call call(int index) {
    return calls.get(index);
  }

  int size() {
    return calls.size();
  }

  /// Whether a child goes on in the place of the process that begins it.
  boolean forks() {
    return calls.stream().anyMatch(call -> call.positive instanceof Next.End);
  }

  /// These bytes, at an address that is a multiple of 8.
  public Argument bytes(byte[] bytes) {
    int offset = room(bytes.length);
    System.arraycopy(bytes, 0, data, offset, bytes.length);
    return new Argument.Place(offset);
  }

  /// A C string.
  public Argument text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return bytes(Arrays.copyOf(bytes, bytes.length + 1));
  }

  /// An array of C strings with a null at its end.
  public Argument texts(List<String> texts) {
    int offset = room((texts.size() + 1) * Long.BYTES);
    for (int i = 0; i < texts.size(); i++) {
      if (text(texts.get(i)) instanceof Argument.Place place) {
        pointers.add(new Pointer(offset + i * Long.BYTES, place.offset()));
      }
    }
    return new Argument.Place(offset);
  }

  /// Numbers of 32 bits.
  public Argument ints(List<Long> values) {
    ByteBuffer buffer =
        ByteBuffer.allocate(values.size() * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    values.forEach(value -> buffer.putInt(value.intValue()));
    return bytes(buffer.array());
  }

  /// Numbers of 64 bits.
  public Argument longs(long... values) {
    ByteBuffer buffer =
        ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (long value : values) {
      buffer.putLong(value);
    }
    return bytes(buffer.array());
  }

  /// A `struct sock_fprog` of these instructions, 8 bytes each.
  public Argument filter(byte[] instructions) {
    int offset = room(16);
    data[offset] = (byte) (instructions.length / 8);
    data[offset + 1] = (byte) (instructions.length / 8 >> 8);
    if (bytes(instructions) instanceof Argument.Place place) {
      pointers.add(new Pointer(offset + 8, place.offset()));
    }
    return new Argument.Place(offset);
  }

  private int room(int size) {
    int offset = used;
    used += size + 7 & ~7;
    if (used > data.length) {
      data = Arrays.copyOf(data, Math.max(used, data.length * 2));
    }
    return offset;
  }

  int length() {
    return calls.size() * ENTRY + used;
  }

  /// The block as it has to lie at that address, its first entry first.
  byte[] at(long base) {
    ByteBuffer block = ByteBuffer.allocate(length()).order(ByteOrder.LITTLE_ENDIAN);
    long behind = base + (long) calls.size() * ENTRY;
    for (Call call : calls) {
      block.putLong(call.name.number);
      for (Argument argument : call.arguments) {
        block.putLong(
            switch (argument) {
              case Argument.Number number -> number.value();
              case Argument.Place place -> behind + place.offset();
              case null -> 0;
            });
      }
      long own = base + (long) call.index * ENTRY;
      Call to = call.receiver;
      block.putLong(
          to == null
              ? own + RESULT
              : base + (long) to.index * ENTRY + (1L + call.receives) * Long.BYTES);
      block.putLong(address(call.negative, base, own));
      block.putLong(address(FOLLOWING, base, own));
      block.putLong(address(call.positive, base, own));
      block.putLong(NOT_REACHED);
      block.putLong(call.index);
    }
    block.put(data, 0, used);
    for (Pointer pointer : pointers) {
      block.putLong(calls.size() * ENTRY + pointer.at(), behind + pointer.to());
    }
    return block.array();
  }

  private static long address(Next next, long base, long own) {
    return switch (next) {
      case Next.Following _ -> own + ENTRY;
      case Next.End _ -> 0;
      case Next.Entry entry -> base + (long) entry.call().index * ENTRY;
    };
  }
}
