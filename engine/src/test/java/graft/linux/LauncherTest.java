package graft.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LauncherTest {
  /// Children that had ended and were not awaited before the test: those of other classes.
  private final List<ProcessHandle> before = ended();

  private static final long PARENT_IS_OURS = 0x8000 | 17; // CLONE_PARENT | SIGCHLD

  @BeforeEach
  void needsThisProcessor() {
    assumeThat(Launcher.supported()).isTrue();
  }

  private static Script.Call shell(Script script, String command) {
    return script.call(
        Syscall.EXECVE,
        script.text("/bin/sh"),
        script.texts(List.of("sh", "-c", command)),
        script.texts(List.of("WORD=hello")));
  }

  /// Standard input and errors are /dev/null.
  private record Ran(Launcher.Outcome outcome, String output, int code) {
    static Ran of(Script script) throws IOException, InterruptedException {
      Descriptor.Pipe pipe = Descriptor.pipe(true);
      try (Descriptor reader = pipe.reader();
          Fd none = LinuxFiles.open("/dev/null", LinuxFiles.O_RDWR)) {
        Launcher.Outcome outcome;
        try (Descriptor writer = pipe.writer()) {
          outcome =
              Launcher.start(
                  script,
                  List.of(none.number(), writer.number(), none.number()),
                  List.of(none.number()),
                  OptionalInt.empty());
        }
        String output = new String(reader.readAll(1 << 20), StandardCharsets.UTF_8);
        int code =
            outcome instanceof Launcher.Outcome.Started(Spawn.Child child) ? child.await() : -1;
        return new Ran(outcome, output, code);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "echo $WORD; exit 5, 'hello\n', 5",
    "kill -9 $$, '', 137",
    "exec /bin/true, '', 0",
    "readlink /proc/self/exe | grep -c java, '0\n', 1",
  })
  void aProgramRuns(String command, String output, int code) throws Exception {
    Script script = Script.program();
    shell(script, command);
    Ran ran = Ran.of(script);
    assertThat(ran.output()).isEqualTo(output);
    assertThat(ran.code()).isEqualTo(code);
  }

  /// With many files open here, none but those that were given is open there; the script's own stay
  /// until it closes them.
  @Test
  void nothingOfOursIsOpen() throws Exception {
    List<Fd> many = new ArrayList<>();
    try {
      for (int i = 0; i < 2000; i++) {
        many.add(LinuxFiles.open("/dev/zero", LinuxFiles.O_RDONLY));
      }
      Script script = Script.program();
      script.call(
          Syscall.CLOSE_RANGE, Script.number(4), Script.number(0xffffffffL), Script.number(0));
      shell(script, "ls -l /proc/self/fd | sed -n 's/.* \\([0-9]*\\) -> /\\1 /p'");
      List<String> open = Ran.of(script).output().lines().toList();
      assertThat(open).hasSize(4); // the last is the directory that ls reads
      assertThat(open.get(0)).isEqualTo("0 /dev/null");
      assertThat(open.get(1)).startsWith("1 pipe:");
      assertThat(open.get(2)).isEqualTo("2 /dev/null");
      assertThat(open.get(3)).startsWith("3 /proc/");
    } finally {
      many.forEach(Fd::close);
    }
  }

  @Test
  void whatCouldNotBeDoneIsNamed() throws Exception {
    Script script = Script.program();
    script.call(Syscall.SETSID);
    script.call(Syscall.CHDIR, script.text("/no/such/directory"));
    shell(script, "echo never");
    Ran ran = Ran.of(script);
    assertThat(ran.outcome()).isEqualTo(new Launcher.Outcome.Failed("chdir", 3, Errno.ENOENT));
    assertThat(ran.output()).isEmpty();
  }

  @Test
  void anErrorCanBeIgnoredOrAnsweredOtherwise() throws Exception {
    Script script = Script.program();
    script.call(Syscall.CHDIR, script.text("/no/such/directory")).orGoOn();
    Script.Call second = script.call(Syscall.CHDIR, script.text("/also/none"));
    shell(script, "echo never");
    Script.Call other = script.call(Syscall.CHDIR, script.text("/usr"));
    second.orGoTo(other);
    shell(script, "pwd");
    assertThat(Ran.of(script).output()).isEqualTo("/usr\n");
  }

  @Test
  void aResultBecomesAnArgument() throws Exception {
    Script script = Script.program();
    Script.Call open =
        script.call(Syscall.OPENAT, Script.number(-100), script.text("/"), Script.number(0x10000));
    Script.Call place =
        script.call(Syscall.DUP3, Script.number(-1), Script.number(9), Script.number(0));
    open.into(place, 0);
    shell(script, "readlink /proc/self/fd/9");
    assertThat(Ran.of(script).output()).isEqualTo("/\n");
  }

  /// The child of the fork goes on and is ours.
  @Test
  void aForkGoesOn() throws Exception {
    Script script = Script.program();
    script.call(Syscall.CLONE, Script.number(PARENT_IS_OURS)).reporting();
    shell(script, "echo $PPID; exit 6");
    Ran ran = Ran.of(script);
    assertThat(ran.output()).isEqualTo(ProcessHandle.current().pid() + "\n");
    assertThat(ran.code()).isEqualTo(6);
  }

  /// Whichever of the two speaks first, both are awaited.
  @Test
  void aChildThatFailsAtOnceIsAwaited() throws Exception {
    for (int i = 0; i < 300; i++) {
      Script failing = Script.program();
      failing.call(Syscall.CLONE, Script.number(PARENT_IS_OURS)).reporting();
      failing.call(Syscall.SETNS, Script.number(77), Script.number(0));
      assertThat(Ran.of(failing).outcome())
          .isEqualTo(new Launcher.Outcome.Failed("setns", 3, Errno.EBADF));
    }
    nobodyIsLeft();
  }

  private void nobodyIsLeft() {
    assertThat(ended()).allMatch(before::contains);
  }

  private static List<ProcessHandle> ended() {
    return ProcessHandle.current().children().filter(c -> c.info().command().isEmpty()).toList();
  }

  /// Many at once, from virtual threads, with every result looked at; nothing is left over.
  @Test
  void manyAtOnce() throws Exception {
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Boolean>> all = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        int number = i;
        Callable<Boolean> one =
            () -> {
              Script script = Script.program();
              shell(script, "echo " + number + "; exit " + number % 100);
              Ran ran = Ran.of(script);
              return ran.output().equals(number + "\n") && ran.code() == number % 100;
            };
        all.add(executor.submit(one));
      }
      for (Future<Boolean> one : all) {
        assertThat(one.get()).isTrue();
      }
    }
    nobodyIsLeft();
  }

  /// What a reader of the listing reads is what the processor does.
  @ParameterizedTest
  @CsvSource({"true", "false"})
  void theListingSaysWhatTheCodeDoes(boolean fork) throws Exception {
    assumeThat(Files.isExecutable(Path.of("/usr/bin/objdump"))).isTrue();
    Path file = Files.createTempFile("code", ".bin");
    try {
      Files.write(file, Interpreter.code(Interpreter.listing(fork)));
      Process objdump =
          new ProcessBuilder(
                  "objdump", "-D", "-b", "binary", "-m", "i386:x86-64", "-M", "intel", "" + file)
              .start();
      List<String> said =
          new String(objdump.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
              .lines()
              .filter(line -> line.matches("\\s+[0-9a-f]+:\t.*\t.*"))
              .map(line -> normal(line.substring(line.lastIndexOf('\t') + 1)))
              .toList();
      List<String> listed =
          Interpreter.listing(fork).lines().map(line -> normal(instruction(line))).toList();
      assertThat(said).isEqualTo(listed);
    } finally {
      Files.delete(file);
    }
  }

  private static String instruction(String line) {
    String text = line.substring(19);
    int comment = text.indexOf("  ");
    return comment < 0 ? text : text.substring(0, comment);
  }

  /// Without sizes, blanks and the targets of jumps (whose bytes the other tests run).
  private static String normal(String text) {
    return text.replace("QWORD PTR ", "")
        .replaceAll("^(j[a-z]+) .*", "$1")
        .replaceAll("^jne", "jnz")
        .replaceAll("^je", "jz")
        .replaceAll("\\s+", "")
        .replace("0xffffffff", "-1")
        .transform(LauncherTest::decimal);
  }

  private static String decimal(String text) {
    return java.util.regex.Pattern.compile("0x([0-9a-f]+)")
        .matcher(text)
        .replaceAll(m -> Long.toString(Long.parseLong(m.group(1), 16)));
  }
}
