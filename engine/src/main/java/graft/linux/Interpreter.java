package graft.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;

/// The machine code that makes the calls of a [Script], for x86-64: it knows no system call but
/// those the script names, and the two by which it ends. It uses no stack, so a child that shares
/// our memory can run it on the stack of the thread that waits for it.
///
/// It is run at two places: behind clone3 in the child of a vfork ([#FORK], in a page of this
/// process), and as a program of its own ([#program]), an ELF file whose data is the script.
final class Interpreter {
  private static final Native.Function MMAP = Native.ofLong("mmap", 6);
  private static final Native.Function MPROTECT = Native.ofInt("mprotect", 3);

  private static final int READ = 1;
  private static final int WRITE = 2;
  private static final int EXECUTE = 4;
  private static final int PRIVATE_ANONYMOUS = 0x22;

  /// The descriptor on which a program reports the entry it failed at.
  static final int REPORT = 3;

  /// rbx is the entry, r12d the descriptor for a report. The last bytes are reached when there is
  /// no next entry; rdx is then the one that came last.
  private static final String LOOP =
      """
      48 8b 03           mov rax, [rbx]         loop: the call's number
      48 8b 7b 08        mov rdi, [rbx+0x08]    its arguments
      48 8b 73 10        mov rsi, [rbx+0x10]
      48 8b 53 18        mov rdx, [rbx+0x18]
      4c 8b 53 20        mov r10, [rbx+0x20]
      4c 8b 43 28        mov r8, [rbx+0x28]
      4c 8b 4b 30        mov r9, [rbx+0x30]
      0f 05              syscall
      48 8b 4b 38        mov rcx, [rbx+0x38]    the result, to where it is wanted
      48 89 01           mov [rcx], rax
      48 89 43 58        mov [rbx+0x58], rax
      48 89 da           mov rdx, rbx
      48 85 c0           test rax, rax
      78 08              js negative
      74 0c              jz zero
      48 8b 5b 50        mov rbx, [rbx+0x50]
      eb 0a              jmp next
      48 8b 5b 40        mov rbx, [rbx+0x40]    negative:
      eb 04              jmp next
      48 8b 5b 48        mov rbx, [rbx+0x48]    zero:
      48 85 db           test rbx, rbx          next:
      75 b9              jnz loop
      48 89 d6           mov rsi, rdx           write(r12, entry, 104)
      44 89 e7           mov edi, r12d
      ba 68 00 00 00     mov edx, 104
      b8 01 00 00 00     mov eax, 1
      0f 05              syscall
      bf 7f 00 00 00     mov edi, 127           exit_group(127)
      b8 e7 00 00 00     mov eax, 231
      0f 05              syscall
      0f 0b              ud2
      """;

  /// Of a program: the first entry is at 0x401000.
  private static final String START =
      """
      bb 00 10 40 00     mov ebx, 0x401000
      41 bc 03 00 00 00  mov r12d, 3
      """;

  /// A function of one argument, the address of a [Launcher] block: all signals blocked, the mask
  /// that was, `struct clone_args` of 88 bytes, the first entry. All signals are blocked while
  /// there are two processes in this memory: a handler of the JVM must not run in the child.
  private static final String FORK_AND_LOOP =
      """
      49 89 f8           mov r8, rdi
      b8 0e 00 00 00     mov eax, 14            rt_sigprocmask(SIG_SETMASK, all, was, 8)
      bf 02 00 00 00     mov edi, 2
      4c 89 c6           mov rsi, r8
      49 8d 50 08        lea rdx, [r8+0x08]
      41 ba 08 00 00 00  mov r10d, 8
      0f 05              syscall
      b8 b3 01 00 00     mov eax, 435           clone3
      49 8d 78 10        lea rdi, [r8+0x10]
      be 58 00 00 00     mov esi, 88
      0f 05              syscall
      48 85 c0           test rax, rax
      74 1f              jz child
      49 89 c1           mov r9, rax            rt_sigprocmask(SIG_SETMASK, was, 0, 8)
      b8 0e 00 00 00     mov eax, 14
      bf 02 00 00 00     mov edi, 2
      49 8d 70 08        lea rsi, [r8+0x08]
      31 d2              xor edx, edx
      41 ba 08 00 00 00  mov r10d, 8
      0f 05              syscall
      4c 89 c8           mov rax, r9
      c3                 ret
      49 8b 58 68        mov rbx, [r8+0x68]     child:
      41 bc ff ff ff ff  mov r12d, -1           what fails here is seen in memory
      """
          + LOOP;

  private static final byte[] PROGRAM = code(START + LOOP);

  static final long BASE = 0x400000;
  static final int PAGE = 0x1000;
  private static final int HEADER = 64;
  private static final int SEGMENT = 56;
  private static final int CODE = 0x100;

  private static final class Holder {
    static final Optional<Native.Function> FORK = map();
  }

  private Interpreter() {}

  /// Hexadecimal in the first columns, words for the reader behind.
  static byte[] code(String listing) {
    StringBuilder hex = new StringBuilder();
    listing.lines().forEach(line -> hex.append(line, 0, Math.min(18, line.length())));
    return HexFormat.of().parseHex(hex.toString().replace(" ", ""));
  }

  static String listing(boolean fork) {
    return fork ? FORK_AND_LOOP : START + LOOP;
  }

  /// Forks and has the child make the calls of a script; empty where pages may not become
  /// executable, or on another processor.
  static Optional<Native.Function> fork() {
    return Holder.FORK;
  }

  @SuppressWarnings("restricted")
  private static Optional<Native.Function> map() {
    if (!System.getProperty("os.arch", "").equals("amd64")) {
      return Optional.empty();
    }
    byte[] code = code(FORK_AND_LOOP);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      long page = MMAP.call(errno, 0, PAGE, READ | WRITE, PRIVATE_ANONYMOUS, -1, 0);
      if (page == -1) {
        return Optional.empty();
      }
      MemorySegment memory = MemorySegment.ofAddress(page).reinterpret(PAGE);
      MemorySegment.copy(code, 0, memory, ValueLayout.JAVA_BYTE, 0, code.length);
      if (MPROTECT.call(errno, page, PAGE, READ | EXECUTE) != 0) {
        return Optional.empty();
      }
      return Optional.of(Native.at(memory, 1));
    }
  }

  /// An ELF file that runs the script: a segment of code that is not writable, one of data that is
  /// not executable, and no executable stack.
  ///
  /// Source: System V ABI, chapters 4 and 5 (ELF64 header of 64 bytes, program headers of 56).
  static byte[] program(Script script) {
    byte[] block = script.at(BASE + PAGE);
    ByteBuffer file = ByteBuffer.allocate(PAGE + block.length).order(ByteOrder.LITTLE_ENDIAN);
    file.put("\177ELF".getBytes(StandardCharsets.ISO_8859_1));
    file.put(new byte[] {2, 1, 1, 0}); // 64 bits, little endian, version 1, System V
    file.position(16);
    file.putShort((short) 2).putShort((short) 62).putInt(1); // executable, x86-64
    file.putLong(BASE + CODE).putLong(HEADER).putLong(0).putInt(0);
    file.putShort((short) HEADER).putShort((short) SEGMENT).putShort((short) 3);
    file.position(HEADER);
    segment(file, 1, READ_ONLY_CODE, 0, PAGE, BASE);
    segment(file, 1, DATA, PAGE, block.length, BASE + PAGE);
    segment(file, 0x6474e551, DATA, 0, 0, 0); // PT_GNU_STACK
    file.position(CODE);
    file.put(PROGRAM);
    file.position(PAGE);
    file.put(block);
    return file.array();
  }

  private static final int READ_ONLY_CODE = 5; // PF_R | PF_X
  private static final int DATA = 6; // PF_R | PF_W

  private static void segment(
      ByteBuffer file, int type, int flags, long offset, long size, long address) {
    file.putInt(type).putInt(flags).putLong(offset).putLong(address).putLong(address);
    file.putLong(size).putLong(size).putLong(PAGE);
  }
}
