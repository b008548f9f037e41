package graft.docker.buildkit.grpc;

import graft.docker.buildkit.proto.Gateway;
import graft.docker.buildkit.proto.ProtoWriter;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.Serial;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A call that failed, in gRPC's terms: answered by a handler, or given by the other side.
public final class Failure extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  private static final Metadata.Key<byte[]> DETAILS =
      Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER);

  /// As far as anybody here tells them apart.
  public enum Code {
    CANCELLED(1),
    /// Of what the user did wrong as well: clients show the message of this code only as it stands.
    UNKNOWN(2),
    INVALID_ARGUMENT(3),
    NOT_FOUND(5),
    ALREADY_EXISTS(6),
    PERMISSION_DENIED(7),
    UNIMPLEMENTED(12),
    INTERNAL(13),
    UNAVAILABLE(14);

    private final int number;

    Code(int number) {
      this.number = number;
    }

    static Code of(int number) {
      for (Code code : values()) {
        if (code.number == number) {
          return code;
        }
      }
      return UNKNOWN;
    }
  }

  private final transient Gateway.Status status;

  private Failure(Gateway.Status status, @Nullable Throwable cause) {
    super(status.message(), cause);
    this.status = status;
  }

  public static Failure of(Code code, String message) {
    return new Failure(new Gateway.Status(code.number, message, List.of()), null);
  }

  public static Failure of(Code code, String message, List<Gateway.Any> details) {
    return new Failure(new Gateway.Status(code.number, message, details), null);
  }

  /// Passes on what the other side said.
  public static Failure of(Gateway.Status status) {
    return new Failure(status, null);
  }

  static Failure of(Status status) {
    String description = status.getDescription();
    return new Failure(
        new Gateway.Status(
            status.getCode().value(),
            description == null ? status.getCode().name() : description,
            List.of()),
        status.getCause());
  }

  public Code code() {
    return Code.of(status.code());
  }

  public Gateway.Status status() {
    return status;
  }

  /// The message, never null.
  public String text() {
    return status.message();
  }

  StatusRuntimeException toGrpc() {
    Metadata trailers = new Metadata();
    if (!status.details().isEmpty()) {
      trailers.put(DETAILS, ProtoWriter.bytes(status));
    }
    return Status.fromCodeValue(status.code())
        .withDescription(status.message())
        .asRuntimeException(trailers);
  }
}
