package graft.docker.buildkit.grpc;

import graft.docker.buildkit.proto.Message;
import graft.docker.buildkit.proto.ProtoReader;
import graft.docker.buildkit.proto.ProtoWriter;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;

/// From messages to bytes or back, for grpc-java: each method needs one of either for each
/// direction.
final class Bytes {
  private Bytes() {}

  static <T> MethodDescriptor.Marshaller<T> reading(ProtoReader.Parser<T> parser) {
    return new MethodDescriptor.Marshaller<>() {
      @Override
      public InputStream stream(T value) {
        throw new IllegalStateException("only read: " + value.getClass().getSimpleName());
      }

      @Override
      public T parse(InputStream bytes) {
        try {
          // All of the message is here, and no more than was allowed.
          return ProtoReader.parse(bytes.readNBytes(bytes.available()), parser);
        } catch (IOException e) {
          throw Status.INVALID_ARGUMENT
              .withDescription("a message cannot be read: " + e.getMessage())
              .withCause(e)
              .asRuntimeException();
        }
      }
    };
  }

  static <T extends Message> MethodDescriptor.Marshaller<T> writing() {
    return new MethodDescriptor.Marshaller<>() {
      @Override
      public InputStream stream(T value) {
        return new ByteArrayInputStream(ProtoWriter.bytes(value));
      }

      @Override
      public T parse(InputStream bytes) {
        throw new IllegalStateException("only written");
      }
    };
  }
}
