package graft.docker.buildkit.proto;

import graft.oci.Digest;
import java.io.IOException;

/// `containerd.services.content.v1`: blobs of a client's, by digest.
public final class Content {
  private Content() {}

  public record InfoRequest(Digest digest) implements Message {
    @Override
    public void write(ProtoWriter out) throws IOException {
      out.text(1, digest.toString());
    }
  }

  /// @param size of the blob, as the other side says
  public record InfoResponse(long size) {
    public static InfoResponse read(ProtoReader in) throws IOException {
      long size = 0;
      for (int field = in.next(); field != 0; field = in.next()) {
        switch (field) {
          case 1 -> size = in.message(InfoResponse::size);
          default -> in.skip();
        }
      }
      return new InfoResponse(size);
    }

    private static long size(ProtoReader in) throws IOException {
      long size = 0;
      for (int field = in.next(); field != 0; field = in.next()) {
        switch (field) {
          case 2 -> size = in.number();
          default -> in.skip();
        }
      }
      return size;
    }
  }

  /// Asks for a blob from a place on, to its end.
  public record ReadRequest(Digest digest, long offset) implements Message {
    @Override
    public void write(ProtoWriter out) throws IOException {
      out.text(1, digest.toString()).number(2, offset);
    }
  }

  public record ReadResponse(byte[] data) {
    public static ReadResponse read(ProtoReader in) throws IOException {
      byte[] data = new byte[0];
      for (int field = in.next(); field != 0; field = in.next()) {
        switch (field) {
          case 2 -> data = in.bytes();
          default -> in.skip();
        }
      }
      return new ReadResponse(data);
    }
  }

  public enum Action {
    STAT(0),
    WRITE(1),
    COMMIT(2);

    private final int number;

    Action(int number) {
      this.number = number;
    }
  }

  /// @param ref by which both sides call the blob while it is written
  /// @param total bytes it will have
  public record WriteRequest(
      Action action, String ref, long total, Digest expected, long offset, byte[] data)
      implements Message {
    @Override
    public void write(ProtoWriter out) throws IOException {
      out.number(1, action.number)
          .text(2, ref)
          .number(3, total)
          .text(4, expected.toString())
          .number(5, offset)
          .bytes(6, data);
    }
  }

  /// @param offset how much of the blob the other side has
  public record WriteResponse(long offset) {
    public static WriteResponse read(ProtoReader in) throws IOException {
      long offset = 0;
      for (int field = in.next(); field != 0; field = in.next()) {
        switch (field) {
          case 4 -> offset = in.number();
          default -> in.skip();
        }
      }
      return new WriteResponse(offset);
    }
  }
}
