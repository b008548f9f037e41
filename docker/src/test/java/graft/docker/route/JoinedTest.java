package graft.docker.route;

import static org.assertj.core.api.Assertions.assertThat;

import graft.docker.http.Exchange;
import graft.runtime.Runtime.Streams;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class JoinedTest {
  private final List<String> happened = new ArrayList<>();

  /// A client that notes what reaches it.
  private final OutputStream client =
      new ByteArrayOutputStream() {
        @Override
        public synchronized void write(byte[] bytes, int offset, int length) {
          happened.add(new String(bytes, offset, length, StandardCharsets.UTF_8));
        }

        @Override
        public void close() {
          happened.add("end");
        }
      };

  /// A process that says one word and takes no input.
  private static final class Word implements Streams {
    private final Deque<Chunk> said = new ArrayDeque<>();

    Word(String word) {
      said.add(new Chunk(Source.STDOUT, ByteBuffer.wrap(word.getBytes(StandardCharsets.UTF_8))));
    }

    @Override
    public Optional<Chunk> next() {
      return Optional.ofNullable(said.poll());
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {}

    @Override
    public void closeStdin() {}

    @Override
    public void close() {}
  }

  /// Clients ask for the exit code as soon as they see the end.
  @Test
  void theClientSeesTheEndWhenTheCodeIsThere() throws Exception {
    boolean detached =
        new Joined(
                new Word("word"),
                new Exchange.Stream(InputStream.nullInputStream(), client),
                new Frames(client, false),
                Set.of(Streams.Source.STDOUT))
            .run(
                new Joined.Input(true, true, Optional.empty()),
                () -> happened.add("the code is there"));
    assertThat(detached).isFalse();
    assertThat(happened).containsExactly("word", "the code is there", "end");
  }
}
