package graft.docker.buildkit.session;

import graft.docker.buildkit.grpc.Failure;
import graft.docker.buildkit.grpc.Remote;
import graft.docker.buildkit.proto.Content;
import graft.docker.buildkit.proto.Content.Action;
import graft.docker.buildkit.proto.Content.WriteRequest;
import graft.docker.buildkit.proto.Content.WriteResponse;
import graft.images.BlobReader;
import graft.layer.VerifyingInputStream;
import graft.oci.Descriptor;
import graft.oci.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A store of blobs that a client has: a directory in the form of an OCI layout. What comes out of
/// it is not believed but checked.
public final class ClientStore implements BlobReader {
  private static final String SERVICE = "containerd.services.content.v1.Content/";
  private static final String INFO = SERVICE + "Info";
  private static final String READ = SERVICE + "Read";
  private static final String WRITE = SERVICE + "Write";

  /// Clients take messages of 4 MiB.
  private static final int PIECE = 1 << 20;

  private final Sessions sessions;
  private final String session;
  private final String name;

  /// @param name of the store, of which a client may have several
  public ClientStore(Sessions sessions, String session, String name) {
    this.sessions = sessions;
    this.session = session;
    this.name = name;
  }

  private Map<String, List<String>> headers() {
    return Map.of("buildkit-attachable-store-id", List.of(name));
  }

  private Remote remote() throws InterruptedException {
    return sessions.await(session).remote();
  }

  @Override
  public Optional<Long> size(Digest digest) throws IOException, InterruptedException {
    try {
      return Optional.of(
          remote()
              .ask(INFO, new Content.InfoRequest(digest), Content.InfoResponse::read, headers())
              .size());
    } catch (Failure e) {
      if (e.code() == Failure.Code.NOT_FOUND) {
        return Optional.empty();
      }
      throw failed("read " + digest + " in", e);
    }
  }

  @Override
  public InputStream open(Descriptor blob) throws InterruptedException {
    Remote.Outgoing<Content.ReadResponse, Content.ReadRequest> call =
        remote().open(READ, Content.ReadResponse::read, headers());
    call.write(new Content.ReadRequest(blob.digest(), 0));
    call.end();
    return new VerifyingInputStream(new Blob(call), blob.size(), blob.digest());
  }

  private static final class Blob extends InputStream {
    private final Remote.Outgoing<Content.ReadResponse, Content.ReadRequest> call;
    private byte[] piece = new byte[0];
    private int at;

    Blob(Remote.Outgoing<Content.ReadResponse, Content.ReadRequest> call) {
      this.call = call;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      while (at == piece.length) {
        Optional<Content.ReadResponse> next = next();
        if (next.isEmpty()) {
          return -1;
        }
        piece = next.get().data();
        at = 0;
      }
      int n = Math.min(length, piece.length - at);
      System.arraycopy(piece, at, into, offset, n);
      at += n;
      return n;
    }

    private Optional<Content.ReadResponse> next() throws IOException {
      try {
        return call.read();
      } catch (Failure e) {
        throw failed("read", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("the call was given up");
      }
    }

    @Override
    public void close() {
      call.close();
    }
  }

  /// Puts a blob there, unless it is there.
  ///
  /// @param bytes are read to their end, and not closed
  public void write(Descriptor blob, InputStream bytes) throws IOException, InterruptedException {
    String ref = "graft-" + blob.digest();
    try (Remote.Outgoing<WriteResponse, WriteRequest> call =
        remote().open(WRITE, WriteResponse::read, headers())) {
      long at = ask(call, blob, ref, Action.STAT, 0, new byte[0]);
      if (at > 0) {
        // What an earlier try has left.
        bytes.skipNBytes(at);
      }
      byte[] buffer = new byte[PIECE];
      for (int n = bytes.readNBytes(buffer, 0, PIECE);
          n > 0;
          n = bytes.readNBytes(buffer, 0, PIECE)) {
        at = ask(call, blob, ref, Action.WRITE, at, Arrays.copyOf(buffer, n));
      }
      ask(call, blob, ref, Action.COMMIT, at, new byte[0]);
      call.end();
    } catch (Failure e) {
      if (e.code() != Failure.Code.ALREADY_EXISTS) {
        throw failed("write " + blob.digest() + " to", e);
      }
    }
  }

  private static long ask(
      Remote.Outgoing<WriteResponse, WriteRequest> call,
      Descriptor blob,
      String ref,
      Action action,
      long offset,
      byte[] data)
      throws IOException, InterruptedException {
    call.write(new WriteRequest(action, ref, blob.size(), blob.digest(), offset, data));
    long at =
        call.read()
            .orElseThrow(() -> new IOException("the client has ended its store of blobs"))
            .offset();
    if (at < 0 || at > blob.size()) {
      throw new IOException(
          "the client's store claims to have " + at + " of " + blob.size() + " bytes");
    }
    return at;
  }

  private static IOException failed(String what, Failure e) {
    return new IOException("cannot " + what + " the client's store: " + e.text(), e);
  }
}
