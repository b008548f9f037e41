package graft.content;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.content.ContentStore.Info;
import graft.content.ContentStore.Ingest;
import graft.error.GraftException;
import graft.error.GraftException.Kind;
import graft.oci.Descriptor;
import graft.oci.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What every [ContentStore] must do.
public abstract class ContentStoreContract {
  protected static final byte[] HELLO = "hello, content".getBytes(StandardCharsets.UTF_8);
  protected static final Digest HELLO_DIGEST = Digest.of(HELLO);

  protected ContentStore store;

  protected abstract ContentStore open() throws IOException;

  /// The same store again, as after a restart of the program.
  protected abstract ContentStore reopen() throws IOException;

  @BeforeEach
  void openStore() throws IOException {
    store = open();
  }

  protected static void write(Ingest in, byte[] bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    in.write(buffer);
    assertThat(buffer.hasRemaining()).isFalse();
  }

  protected static void fails(Kind kind, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            GraftException.class, e -> assertThat(e.kind()).as(e.text()).isEqualTo(kind));
  }

  @Test
  void aBlobIsThereAfterCommitAndNotBefore() throws IOException {
    try (Ingest in = store.ingest("r")) {
      assertThat(in.offset()).isZero();
      write(in, HELLO);
      assertThat(store.info(HELLO_DIGEST)).isEmpty();
      assertThat(store.list()).isEmpty();
      in.commit(HELLO.length, HELLO_DIGEST);
      in.commit(HELLO.length, HELLO_DIGEST);
    }
    assertThat(store.info(HELLO_DIGEST)).contains(new Info(HELLO_DIGEST, HELLO.length));
    assertThat(store.open(HELLO_DIGEST)).hasBinaryContent(HELLO);
    assertThat(store.read(HELLO_DIGEST, 100)).isEqualTo(HELLO);
    assertThat(store.list()).containsExactly(new Info(HELLO_DIGEST, HELLO.length));
  }

  @Test
  void whatIsNotHereIsNotFound() throws IOException {
    assertThat(store.info(HELLO_DIGEST)).isEmpty();
    fails(Kind.NOT_FOUND, () -> store.open(HELLO_DIGEST).close());
    fails(Kind.NOT_FOUND, () -> store.read(HELLO_DIGEST, 10));
    assertThat(store.delete(HELLO_DIGEST)).isFalse();
  }

  @Test
  void anInterruptedWriteGoesOnWhereItStopped() throws IOException {
    try (Ingest in = store.ingest("r")) {
      write(in, java.util.Arrays.copyOf(HELLO, 5));
    }
    store = reopen();
    try (Ingest in = store.ingest("r")) {
      assertThat(in.offset()).isEqualTo(5);
      write(in, java.util.Arrays.copyOfRange(HELLO, 5, HELLO.length));
      in.commit(HELLO.length, HELLO_DIGEST);
    }
    assertThat(store.read(HELLO_DIGEST, 100)).isEqualTo(HELLO);
    try (Ingest in = store.ingest("r")) {
      assertThat(in.offset()).isZero();
    }
  }

  @Test
  void aWriteWithoutARefLeavesNoPart() throws IOException {
    try (Ingest in = store.ingest()) {
      write(in, HELLO);
    }
    assertThat(store.dropPartsBefore(Long.MAX_VALUE)).isZero();
    assertThat(store.list()).isEmpty();
    try (Ingest one = store.ingest();
        Ingest two = store.ingest()) {
      write(one, HELLO);
      write(two, HELLO);
      assertThat(one.commit()).isEqualTo(HELLO_DIGEST);
      assertThat(two.commit()).isEqualTo(HELLO_DIGEST);
    }
    assertThat(store.read(HELLO_DIGEST, 100)).isEqualTo(HELLO);
  }

  @Test
  void restartForgetsThePart() throws IOException {
    try (Ingest in = store.ingest("r")) {
      write(in, new byte[100]);
      in.restart();
      assertThat(in.offset()).isZero();
      write(in, HELLO);
      in.commit(-1, HELLO_DIGEST);
    }
    assertThat(store.read(HELLO_DIGEST, 100)).isEqualTo(HELLO);
  }

  @Test
  void wrongBytesAreRefusedAndDropped() throws IOException {
    try (Ingest in = store.ingest("r")) {
      write(in, new byte[HELLO.length]);
      fails(Kind.CORRUPT, () -> in.commit(HELLO.length, HELLO_DIGEST));
    }
    try (Ingest in = store.ingest("r")) {
      assertThat(in.offset()).isZero();
    }
    assertThat(store.info(HELLO_DIGEST)).isEmpty();
  }

  @Test
  void aWrongSizeIsRefusedEvenIfTheDigestIsRight() throws IOException {
    try (Ingest in = store.ingest("r")) {
      write(in, HELLO);
      fails(Kind.CORRUPT, () -> in.commit(HELLO.length + 1, HELLO_DIGEST));
    }
    assertThat(store.info(HELLO_DIGEST)).isEmpty();
  }

  @Test
  void sha512IsVerifiedToo() throws IOException {
    String zeros = "0".repeat(128);
    Digest probe = new Digest("sha512", zeros);
    Digest right = new Digest("sha512", HexFormat.of().formatHex(probe.newHash().digest(HELLO)));
    try (Ingest in = store.ingest("r")) {
      write(in, HELLO);
      in.commit(HELLO.length, right);
    }
    assertThat(store.read(right, 100)).isEqualTo(HELLO);
    try (Ingest in = store.ingest("r")) {
      write(in, HELLO);
      fails(Kind.CORRUPT, () -> in.commit(HELLO.length, probe));
    }
    assertThat(store.list()).containsExactly(new Info(right, HELLO.length));
  }

  @Test
  void unknownBytesAreNamedByTheirSha256() throws IOException {
    try (Ingest in = store.ingest("r")) {
      write(in, HELLO);
      assertThat(in.commit()).isEqualTo(HELLO_DIGEST);
    }
    assertThat(store.info(HELLO_DIGEST)).isPresent();
  }

  @Test
  void theEmptyBlobIsABlob() throws IOException {
    Digest empty = Digest.of(new byte[0]);
    try (Ingest in = store.ingest("r")) {
      in.commit(0, empty);
    }
    assertThat(store.read(empty, 0)).isEmpty();
  }

  @Test
  void committingWhatIsHereAlreadyIsNoError() throws IOException {
    store.put("t", HELLO);
    try (Ingest in = store.ingest("nothing written")) {
      in.commit(HELLO.length, HELLO_DIGEST);
    }
    try (Ingest in = store.ingest("written again")) {
      write(in, HELLO);
      in.commit(HELLO.length, HELLO_DIGEST);
    }
    assertThat(store.read(HELLO_DIGEST, 100)).isEqualTo(HELLO);
  }

  @Test
  void aRefHasOneWriter() throws IOException {
    try (Ingest in = store.ingest("r")) {
      assertThat(in.offset()).isZero();
      fails(Kind.CONFLICT, () -> store.ingest("r").close());
      store.ingest("other").close();
    }
    store.ingest("r").close();
  }

  @Test
  void putIsIdempotent() throws IOException {
    Descriptor one = store.put("text/plain", HELLO);
    assertThat(one).isEqualTo(new Descriptor("text/plain", HELLO_DIGEST, HELLO.length));
    assertThat(store.put("text/plain", HELLO)).isEqualTo(one);
    assertThat(store.list()).hasSize(1);
  }

  @Test
  void readHasALimit() throws IOException {
    store.put("t", HELLO);
    fails(Kind.CORRUPT, () -> store.read(HELLO_DIGEST, HELLO.length - 1));
    assertThat(store.read(HELLO_DIGEST, HELLO.length)).hasSize(HELLO.length);
  }

  @Test
  void deleteRemoves() throws IOException {
    store.put("t", HELLO);
    assertThat(store.delete(HELLO_DIGEST)).isTrue();
    assertThat(store.info(HELLO_DIGEST)).isEmpty();
    assertThat(store.list()).isEmpty();
  }

  @Test
  void onlyPartsThatNobodyWritesToAreDropped() throws IOException {
    try (Ingest in = store.ingest("old")) {
      write(in, HELLO);
    }
    long later = System.currentTimeMillis() + 60_000;
    assertThat(store.dropPartsBefore(0)).isZero();
    try (Ingest in = store.ingest("busy")) {
      write(in, HELLO);
      assertThat(store.dropPartsBefore(later)).isEqualTo(HELLO.length);
      in.commit(HELLO.length, HELLO_DIGEST);
    }
    try (Ingest in = store.ingest("old")) {
      assertThat(in.offset()).isZero();
    }
    assertThat(store.info(HELLO_DIGEST)).isPresent();
  }

  @Test
  void aClosedIngestTakesNothing() throws IOException {
    Ingest in = store.ingest("r");
    in.close();
    in.close();
    assertThatThrownBy(() -> in.write(ByteBuffer.wrap(HELLO))).isInstanceOf(IOException.class);
  }

  @Test
  void manyWritersOfManyAndOfTheSame() throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<Digest> f :
          threads.invokeAll(
              IntStream.range(0, 64)
                  .<Callable<Digest>>mapToObj(i ->
                      () ->
                          store
                              .put("t", ("blob " + i % 8).getBytes(StandardCharsets.UTF_8))
                              .digest())
                  .toList())) {
        assertThat(store.info(f.get())).isPresent();
      }
    }
    assertThat(store.list()).hasSize(8);
  }
}
