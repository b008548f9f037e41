package graft.docker.buildkit.grpc;

import graft.docker.buildkit.proto.Message;
import graft.docker.buildkit.proto.ProtoReader;
import graft.error.GraftException;
import io.grpc.Context;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerCall;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.StreamSupport;

/// The methods of one service. Each call has a virtual thread, which is interrupted when the client
/// gives the call up.
public final class Service {
  private final String name;
  private final ServerServiceDefinition.Builder methods;
  private final Map<String, Supplier<String>> headers = new HashMap<>();

  /// @param name with its package
  public Service(String name) {
    this.name = name;
    this.methods = ServerServiceDefinition.builder(name);
  }

  /// Answers with one message.
  @FunctionalInterface
  public interface Unary<I, O> {
    O answer(I request, Call<?, ?> call) throws IOException, InterruptedException;
  }

  /// Reads and writes as it likes; the call has succeeded when it returns.
  @FunctionalInterface
  public interface Streaming<I, O extends Message> {
    void run(Call<I, O> call) throws IOException, InterruptedException;
  }

  public <I, O extends Message> Service unary(
      String method, ProtoReader.Parser<I> parser, Unary<I, O> handler) {
    return add(
        method,
        parser,
        (Call<I, O> call) -> {
          Optional<I> request = call.read();
          if (request.isEmpty()) {
            throw Failure.of(
                Failure.Code.INVALID_ARGUMENT, "a call of " + method + " without a request");
          }
          call.write(handler.answer(request.get(), call));
        });
  }

  public <I, O extends Message> Service streaming(
      String method, ProtoReader.Parser<I> parser, Streaming<I, O> handler) {
    return add(method, parser, handler);
  }

  /// A header of all answers.
  public Service header(String name, Supplier<String> value) {
    headers.put(name, value);
    return this;
  }

  private Metadata answered() {
    Metadata all = new Metadata();
    headers.forEach((name, value) ->
        all.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value.get()));
    return all;
  }

  private <I, O extends Message> Service add(
      String method, ProtoReader.Parser<I> parser, Streaming<I, O> handler) {
    MethodDescriptor<I, O> descriptor =
        MethodDescriptor.<I, O>newBuilder()
            // On the wire all types are the same; of others grpc-java does not say when to write.
            .setType(MethodType.BIDI_STREAMING)
            .setFullMethodName(MethodDescriptor.generateFullMethodName(name, method))
            .setRequestMarshaller(Bytes.reading(parser))
            .setResponseMarshaller(Bytes.writing())
            .build();
    methods.addMethod(
        descriptor, (call, headers) -> new Running<>(call, headers, answered()).start(handler));
    return this;
  }

  ServerServiceDefinition definition() {
    return methods.build();
  }

  private static final class Running<I, O extends Message> extends ServerCall.Listener<I>
      implements Call<I, O> {
    private final ServerCall<I, O> call;
    private final Metadata headers;
    private final Metadata answered;
    private final Inbox<I> inbox = new Inbox<>();

    Running(ServerCall<I, O> call, Metadata headers, Metadata answered) {
      this.call = call;
      this.answered = answered;
      this.headers = headers;
    }

    Running<I, O> start(Streaming<I, O> handler) {
      call.request(Inbox.AHEAD);
      Context context = Context.current();
      String name = call.getMethodDescriptor().getFullMethodName();
      Thread thread = Thread.ofVirtual().name(name).unstarted(() -> run(handler));
      // Told at once, unlike onCancel.
      context.addListener(_ -> thread.interrupt(), Runnable::run);
      thread.start();
      return this;
    }

    private void run(Streaming<I, O> handler) {
      try {
        call.sendHeaders(answered);
        handler.run(this);
        call.close(Status.OK, new Metadata());
      } catch (Failure e) {
        fail(e);
      } catch (GraftException e) {
        fail(Failure.of(code(e.kind()), e.text()));
      } catch (InterruptedException e) {
        fail(Failure.of(Failure.Code.CANCELLED, "context canceled"));
      } catch (IOException | RuntimeException | Error e) {
        // An error as well: of one call, which must not be what the others end with.
        String text = e.getMessage();
        fail(Failure.of(Failure.Code.UNKNOWN, text == null ? e.getClass().getSimpleName() : text));
      } finally {
        // For whoever still reads.
        inbox.close();
      }
    }

    private void fail(Failure failure) {
      try {
        StatusRuntimeException e = failure.toGrpc();
        Metadata trailers = e.getTrailers();
        call.close(e.getStatus(), trailers == null ? new Metadata() : trailers);
      } catch (IllegalStateException e) {
        // The client was quicker.
        inbox.fail(failure);
      }
    }

    private static Failure.Code code(GraftException.Kind kind) {
      return switch (kind) {
        case NOT_FOUND -> Failure.Code.NOT_FOUND;
        case INVALID -> Failure.Code.INVALID_ARGUMENT;
        case FORBIDDEN -> Failure.Code.PERMISSION_DENIED;
        case UNAVAILABLE -> Failure.Code.UNAVAILABLE;
        case NOT_IMPLEMENTED -> Failure.Code.UNIMPLEMENTED;
        case CANCELLED -> Failure.Code.CANCELLED;
        case CONFLICT, UNAUTHORIZED, NOT_MODIFIED, CORRUPT, INTERNAL -> Failure.Code.UNKNOWN;
      };
    }

    @Override
    public Optional<I> read() throws InterruptedException {
      Optional<I> next = inbox.take();
      if (next.isPresent()) {
        call.request(1);
      }
      return next;
    }

    @Override
    public void write(O message) throws InterruptedException {
      inbox.awaitReady(call::isReady);
      call.sendMessage(message);
    }

    @Override
    public List<String> headers(String name) {
      return values(headers, name);
    }

    @Override
    public void onMessage(I message) {
      inbox.add(message);
    }

    @Override
    public void onHalfClose() {
      inbox.end();
    }

    @Override
    public void onCancel() {
      inbox.fail(Failure.of(Failure.Code.CANCELLED, "the client has given the call up"));
    }

    @Override
    public void onReady() {
      inbox.ready();
    }
  }

  static List<String> values(Metadata headers, String name) {
    Iterable<String> all = headers.getAll(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER));
    return all == null ? List.of() : StreamSupport.stream(all.spliterator(), false).toList();
  }
}
