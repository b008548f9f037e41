package graft.cli.build;

import graft.cli.verb.Line;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The agents of `--ssh`: sockets of such that run, or keys, for which an `ssh-agent` is run while
/// the build lasts.
final class Agents implements AutoCloseable {
  private final Map<String, Path> sockets = new LinkedHashMap<>();
  private final List<Process> started = new ArrayList<>();
  private final List<Path> temporary = new ArrayList<>();

  Agents(Line line, Map<String, String> environment) throws IOException {
    try {
      for (String text : line.list("--ssh")) {
        add(line, text, environment);
      }
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  private void add(Line line, String text, Map<String, String> environment) throws IOException {
    String[] pair = Keys.pair(text);
    String id = pair[0].isEmpty() ? "default" : pair[0];
    if (!pair[1].isEmpty()) {
      List<Path> paths = Arrays.stream(pair[1].split(",")).map(Path::of).toList();
      for (Path path : paths) {
        if (!Files.exists(path)) {
          throw new NoSuchFileException(path.toString());
        }
      }
      boolean keys = paths.stream().allMatch(Files::isRegularFile);
      if (!keys && paths.size() > 1) {
        throw line.refuse("--ssh " + text + " is to be one socket, or keys");
      }
      sockets.put(id, keys ? agentWith(paths) : paths.getFirst());
      return;
    }
    String socket = environment.getOrDefault("SSH_AUTH_SOCK", "");
    if (socket.isEmpty()) {
      throw line.refuse(
          "--ssh "
              + text
              + ": no agent is running (SSH_AUTH_SOCK is not set); start one, or give"
              + " its socket or a key: --ssh "
              + id
              + "=PATH");
    }
    sockets.put(id, Path.of(socket));
  }

  private Path agentWith(List<Path> keys) throws IOException {
    Path directory = Files.createTempDirectory("graft-ssh-");
    temporary.add(directory);
    Path socket = directory.resolve("agent");
    started.add(
        new ProcessBuilder("ssh-agent", "-D", "-a", socket.toString())
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start());
    try {
      for (int tries = 0; !Files.exists(socket); tries++) {
        if (tries == 500 || !started.getLast().isAlive()) {
          throw new IOException("ssh-agent did not start");
        }
        Thread.sleep(10);
      }
      List<String> command = new ArrayList<>(List.of("ssh-add", "-q"));
      keys.forEach(k -> command.add(k.toString()));
      ProcessBuilder add = new ProcessBuilder(command).redirectErrorStream(true);
      add.environment().put("SSH_AUTH_SOCK", socket.toString());
      // A key with a passphrase is asked for on the terminal, if there is one.
      add.redirectInput(ProcessBuilder.Redirect.INHERIT);
      Process adding = add.start();
      String said =
          new String(adding.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      if (adding.waitFor() != 0) {
        throw new IOException("cannot use the key " + keys.getFirst() + ": " + said);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while an ssh-agent was started", e);
    }
    return socket;
  }

  Set<String> ids() {
    return sockets.keySet();
  }

  /// A new connection to one.
  SocketChannel connect(String id) throws IOException {
    @Nullable Path socket = sockets.get(id);
    if (socket == null) {
      throw new IOException("there is no agent " + id);
    }
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.connect(UnixDomainSocketAddress.of(socket));
      return channel;
    } catch (IOException e) {
      channel.close();
      throw new IOException(socket + ": " + e.getMessage(), e);
    }
  }

  @Override
  public void close() throws IOException {
    started.forEach(Process::destroy);
    for (Path directory : temporary) {
      Files.deleteIfExists(directory.resolve("agent"));
      Files.deleteIfExists(directory);
    }
  }
}
