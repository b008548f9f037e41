package graft.runtime;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import graft.linux.Descriptor;
import graft.linux.Spawn;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// conmon: started once for each container and each exec, it detaches itself from us, has the
/// runtime make the process, and reports its number (or why not) on a pipe. From then on it holds
/// the process's streams, log and exit status.
///
/// For an exec with streams the order is: it makes its socket and says so on the attach pipe; we
/// connect; the byte on the start pipe lets it go on. So no output can be missed.
final class Monitor {
  private static final JsonMapper JSON = new JsonMapper();
  private static final int LIMIT = 64 * 1024;

  private final Path program;
  private final Path runtime;
  private final Path state;

  Monitor(Path program, Path runtime, Path state) {
    this.program = program;
    this.runtime = runtime;
    this.state = state;
  }

  /// What it said: the process's number, or (below zero) the reason.
  record Answer(int pid, String message) {}

  /// An exec that is being started, its streams attached.
  record Attached(Answer answer, AttachedStreams streams) {}

  Answer create(Bundle bundle, String log, boolean tty, boolean stdin, boolean keepStdin)
      throws IOException, InterruptedException {
    List<String> command = command(bundle, log, tty, stdin, keepStdin);
    Descriptor.Pipe sync = Descriptor.pipe(true);
    try (Descriptor reader = sync.reader()) {
      Spawn.Child child;
      try (Descriptor writer = sync.writer()) {
        child =
            Spawn.start(
                command,
                environment(Map.of("_OCI_SYNCPIPE", "3")),
                bundle.directory(),
                Map.of(3, writer));
      }
      int code = child.await();
      return answer(reader, code);
    }
  }

  Attached exec(Bundle bundle, boolean tty, boolean stdin)
      throws IOException, InterruptedException {
    List<String> command = command(bundle, "off", tty, stdin, tty);
    command.add("--exec");
    command.add("--exec-attach");
    command.add("--exec-process-spec");
    command.add(bundle.processSpec().toString());
    Descriptor.Pipe sync = Descriptor.pipe(true);
    Descriptor.Pipe attach = Descriptor.pipe(true);
    Descriptor.Pipe start = Descriptor.pipe(false);
    try (Descriptor syncReader = sync.reader();
        Descriptor attachReader = attach.reader();
        Descriptor startWriter = start.writer()) {
      Spawn.Child child;
      try (Descriptor syncWriter = sync.writer();
          Descriptor attachWriter = attach.writer();
          Descriptor startReader = start.reader()) {
        child =
            Spawn.start(
                command,
                environment(
                    Map.of("_OCI_SYNCPIPE", "3", "_OCI_ATTACHPIPE", "4", "_OCI_STARTPIPE", "5")),
                bundle.directory(),
                Map.of(3, syncWriter, 4, attachWriter, 5, startReader));
      }
      byte[] go = {0};
      startWriter.write(go, 0, 1);
      int code = child.await();
      Answer ready = answer(attachReader, code);
      if (ready.pid() < 0) {
        throw new IOException("exec: the monitor did not open its socket: " + ready.message());
      }
      AttachedStreams streams = new AttachedStreams(bundle.attachSocket());
      try {
        startWriter.write(go, 0, 1);
        return new Attached(answer(syncReader, 0), streams);
      } catch (IOException | RuntimeException e) {
        streams.close();
        throw e;
      }
    }
  }

  private List<String> command(
      Bundle bundle, String log, boolean tty, boolean stdin, boolean keepStdin) {
    List<String> command =
        new ArrayList<>(
            List.of(
                program.toString(),
                "--api-version",
                "1",
                "--cid",
                bundle.id(),
                "--cuuid",
                bundle.key(),
                "--name",
                bundle.key(),
                "--runtime",
                runtime.toString(),
                "--runtime-arg",
                "--root=" + state,
                "--bundle",
                bundle.directory().toString(),
                "--container-pidfile",
                bundle.pidFile().toString(),
                "--conmon-pidfile",
                bundle.monitorPidFile().toString(),
                "--persist-dir",
                bundle.directory().toString(),
                "--full-attach",
                "--no-sync-log",
                "--log-level",
                "error",
                "--log-path",
                log));
    if (tty) {
      command.add("--terminal");
    }
    if (stdin) {
      command.add("--stdin");
    }
    if (keepStdin) {
      command.add("--leave-stdin-open");
    }
    return command;
  }

  static Map<String, String> environment(Map<String, String> more) {
    Map<String, String> environment = new java.util.TreeMap<>(more);
    environment.put(
        "PATH",
        System.getenv()
            .getOrDefault("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"));
    return environment;
  }

  private static Answer answer(Descriptor pipe, int code) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    byte[] buffer = new byte[4096];
    while (line.size() < LIMIT) {
      int n = pipe.read(buffer, 0, buffer.length);
      if (n < 0) {
        break;
      }
      line.write(buffer, 0, n);
      if (buffer[n - 1] == '\n') {
        break;
      }
    }
    if (line.size() == 0) {
      return new Answer(-1, "the monitor ended without an answer (exit code " + code + ")");
    }
    try {
      JsonNode node = JSON.readTree(line.toByteArray());
      return new Answer(node.path("data").asInt(-1), node.path("message").asText(""));
    } catch (JsonProcessingException e) {
      return new Answer(-1, "the monitor said: " + line.toString(StandardCharsets.UTF_8).strip());
    }
  }
}
