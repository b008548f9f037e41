package graft.docker.buildkit.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.build.source.FileTree;
import graft.docker.buildkit.DirectoryFiles;
import graft.docker.buildkit.grpc.Call;
import graft.docker.buildkit.proto.Fs;
import graft.docker.buildkit.proto.Fs.Kind;
import graft.docker.buildkit.proto.Fs.Packet;
import graft.docker.buildkit.proto.Fs.Stat;
import graft.error.GraftException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The receiver, before senders that keep to the protocol and such that do not.
@Timeout(180)
class FileReceiverTest {
  @TempDir private Path dir;

  /// A sender that says what it was told to, whatever it is asked.
  private static final class Script implements Call<Packet, Packet> {
    private final IntFunction<Optional<Packet>> packets;
    private final BlockingQueue<Packet> received = new LinkedBlockingQueue<>();
    private int next;

    Script(IntFunction<Optional<Packet>> packets) {
      this.packets = packets;
    }

    static Script of(Packet... packets) {
      return new Script(i -> i < packets.length ? Optional.of(packets[i]) : Optional.empty());
    }

    @Override
    public Optional<Packet> read() throws InterruptedException {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      return packets.apply(next++);
    }

    @Override
    public void write(Packet message) {
      received.add(message);
    }

    @Override
    public List<String> headers(String name) {
      return List.of();
    }
  }

  private static Packet entry(String path, int mode, long size, String link) {
    return Packet.stat(new Stat(path, mode, 0, 0, size, 5, link, 0, 0, Map.of()));
  }

  private static Packet file(String path, long size) {
    return entry(path, 0644, size, "");
  }

  private static Packet directory(String path) {
    return entry(path, Fs.DIRECTORY | 0755, 0, "");
  }

  private static Packet data(int id, String text) {
    return Packet.data(id, text.getBytes(StandardCharsets.UTF_8));
  }

  private FileTree receive(Script script) throws IOException, InterruptedException {
    return receive(script, FileTree.EMPTY);
  }

  private FileTree receive(Script script, FileTree earlier)
      throws IOException, InterruptedException {
    return FileReceiver.receive(
        script, new DirectoryFiles(dir.resolve("c")), earlier.entries(), _ -> {});
  }

  @Test
  void filesComeSideBySide() throws Exception {
    Script script =
        Script.of(
            directory("a"),
            file("a/x", 4),
            file("a.b", 2),
            data(1, "ab"),
            entry("hard", 0644, 4, "a/x"),
            entry("socket", Fs.SOCKET | 0600, 0, ""),
            entry("soft", Fs.SYMLINK | 0777, 0, "../../etc/passwd"),
            entry("suid", 0755 | Fs.SET_USER | Fs.STICKY, 0, ""),
            Packet.endOfList(),
            data(2, "zz"),
            data(1, "cd"),
            data(2, ""),
            data(6, ""),
            data(1, ""),
            Packet.fin());
    FileTree tree = receive(script);
    assertThat(tree.entries().keySet()).containsExactly("a", "a.b", "a/x", "hard", "soft", "suid");
    DirectoryFiles files = new DirectoryFiles(dir.resolve("c"));
    assertThat(files.text(DirectoryFiles.entry(tree, "a/x", FileTree.File.class).content()))
        .isEqualTo("abcd");
    assertThat(tree.entries().get("hard")).isEqualTo(tree.entries().get("a/x"));
    assertThat(DirectoryFiles.entry(tree, "suid", FileTree.File.class).attributes().mode())
        .isEqualTo(05755);
    assertThat(script.received.stream().filter(p -> p.kind() == Kind.REQUEST).map(Packet::id))
        .containsExactly(1, 2, 6);
    assertThat(script.received.stream().map(Packet::kind)).contains(Kind.FIN);
  }

  @Test
  void whatIsKnownIsNotAskedFor() throws Exception {
    FileTree first =
        receive(
            Script.of(
                file("a", 1),
                file("b", 1),
                Packet.endOfList(),
                data(0, "1"),
                data(0, ""),
                data(1, "2"),
                data(1, ""),
                Packet.fin()));
    Script again =
        Script.of(
            file("a", 1),
            file("b", 2),
            Packet.endOfList(),
            data(1, "22"),
            data(1, ""),
            Packet.fin());
    FileTree second = receive(again, first);
    assertThat(second.entries().get("a")).isEqualTo(first.entries().get("a"));
    assertThat(DirectoryFiles.entry(second, "b", FileTree.File.class).size()).isEqualTo(2);
    assertThat(again.received.stream().filter(p -> p.kind() == Kind.REQUEST).map(Packet::id))
        .containsExactly(1);
  }

  private static Arguments hostile(String why, String message, Packet... packets) {
    return Arguments.of(why, message, packets);
  }

  static Stream<Arguments> hostiles() {
    List<Packet> many = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      many.add(file(String.format("f%03d", i), 10));
    }
    for (int i = 0; i < 100; i++) {
      many.add(data(i, "x"));
    }
    return Stream.of(
        hostile("up", "none of a file", file("..", 1)),
        hostile("up and away", "none of a file", file("../../etc/passwd", 1)),
        hostile("through", "none of a file", directory("a"), file("a/../../b", 1)),
        hostile("absolute", "none of a file", file("/etc/passwd", 1)),
        hostile("empty", "none of a file", file("", 1)),
        hostile("dot", "none of a file", file("./a", 1)),
        hostile("slashes", "none of a file", directory("a"), file("a//b", 1)),
        hostile("nul", "none of a file", file("a\0b", 1)),
        hostile("long", "none of a file", file("x".repeat(5000), 1)),
        hostile("out of order", "out of order", file("b", 1), file("a", 1)),
        hostile("twice", "out of order", file("a", 1), file("a", 1)),
        hostile("no parent", "out of order", file("a/b", 1)),
        hostile("below a file", "out of order", file("a", 1), file("a/b", 1)),
        hostile("below a link", "out of order", entry("a", Fs.SYMLINK, 0, "/"), file("a/b", 1)),
        hostile("link to nothing", "did not send", entry("a", 0644, 1, "b")),
        hostile("link to outside", "did not send", entry("a", 0644, 1, "/etc/passwd")),
        hostile("not asked for", "not asked for", file("a", 1), data(7, "x")),
        hostile("ended", "not asked for", file("a", 1), data(0, ""), data(0, "x")),
        hostile("after the end", "after the end", file("b", 1), Packet.endOfList(), file("c", 1)),
        hostile("breaks off", "too early", file("a", 1)),
        hostile("all at once", "side by side", many.toArray(Packet[]::new)),
        hostile("large", "a packet of", file("a", 1), Packet.data(0, new byte[5 << 20])),
        hostile(
            "its error",
            "error from sender: oh",
            new Packet(Kind.ERROR, Optional.empty(), 0, "oh".getBytes(StandardCharsets.UTF_8))),
        hostile("asks", "unexpected REQUEST", Packet.request(0)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("hostiles")
  void theHostileAreRefused(String why, String message, Packet[] packets) {
    Script script = Script.of(packets);
    assertThatThrownBy(() -> receive(script)).hasMessageContaining(message);
    assertThat(script.received.stream().map(Packet::kind)).contains(Kind.ERROR);
    assertThat(Thread.interrupted()).isFalse();
  }

  @Test
  void aFileWithoutEndIsRefused() {
    byte[] piece = new byte[1 << 20];
    Script endless = new Script(i -> Optional.of(i == 0 ? file("a", 10) : Packet.data(0, piece)));
    assertThatThrownBy(() -> receive(endless))
        .isInstanceOf(GraftException.class)
        .hasMessageContaining("more than");
  }

  @Test
  void aListWithoutEndIsRefused() {
    Script endless = new Script(i -> Optional.of(directory(String.format("%09d", i))));
    assertThatThrownBy(() -> receive(endless)).hasMessageContaining("more than 1000000 files");
    Script wordy =
        new Script(i -> Optional.of(directory(String.format("%09d", i) + "x".repeat(4000))));
    assertThatThrownBy(() -> receive(wordy)).hasMessageContaining("more than 128 MB");
  }

  @Test
  void aStoreThatFailsEndsIt() {
    byte[] piece = new byte[1000];
    Script endless = new Script(i -> Optional.of(i == 0 ? file("a", 10) : Packet.data(0, piece)));
    assertThatThrownBy(() ->
            FileReceiver.receive(
                endless,
                new DirectoryFiles(Path.of("/proc/nowhere")),
                FileTree.EMPTY.entries(),
                _ -> {}))
        .isInstanceOf(IOException.class);
    assertThat(Thread.interrupted()).isFalse();
  }
}
