package graft.docker.buildkit.grpc;

import graft.docker.buildkit.proto.Message;
import graft.docker.buildkit.proto.ProtoReader;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.okhttp.OkHttpChannelBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.SocketFactory;

/// The other side of a connection that serves gRPC.
public final class Remote implements AutoCloseable {
  /// Bytes that may be on their way. No more, since okio keeps each small message that was not yet
  /// asked for in 8 kB.
  private static final int WINDOW = 256 * 1024;

  private final StreamSocket socket;
  private final ManagedChannel channel;

  /// @param connection is closed with this
  public Remote(Duplex connection) {
    this.socket =
        new StreamSocket(connection, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    // An address that needs no look-up; it is never connected to.
    this.channel =
        OkHttpChannelBuilder.forTarget("dns:///127.0.0.1:1")
            .usePlaintext()
            .overrideAuthority("localhost")
            .socketFactory(new Once(socket))
            .transportExecutor(Executors.newVirtualThreadPerTaskExecutor())
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .flowControlWindow(WINDOW)
            .maxInboundMessageSize(ProtoReader.LARGEST)
            .disableRetry()
            .build();
    // At once: the other side waits for it before it takes calls.
    var _ = channel.getState(true);
  }

  /// Until either side has ended the connection.
  public void awaitEnd() throws InterruptedException {
    socket.awaitEnd();
  }

  /// Asks for one answer.
  ///
  /// @throws Failure what the other side said, or that it has gone
  public <O extends Message, I> I ask(
      String method, O request, ProtoReader.Parser<I> parser, Map<String, List<String>> headers)
      throws InterruptedException {
    try (Outgoing<I, O> call = open(method, parser, headers)) {
      call.write(request);
      call.end();
      return call.read()
          .orElseThrow(() -> Failure.of(Failure.Code.INTERNAL, method + " was not answered"));
    }
  }

  /// How much of a call may be here that was not read yet.
  ///
  /// @param ahead messages
  /// @param largest bytes of one
  public record Pace(int ahead, int largest) {
    static final Pace USUAL = new Pace(Inbox.AHEAD, ProtoReader.LARGEST);
  }

  /// A stream in both directions.
  ///
  /// @param method `package.Service/Method`
  public <O extends Message, I> Outgoing<I, O> open(
      String method, ProtoReader.Parser<I> parser, Map<String, List<String>> headers) {
    return open(method, parser, headers, Pace.USUAL);
  }

  /// The same for streams of many small messages, which are better taken as they come.
  public <O extends Message, I> Outgoing<I, O> open(
      String method, ProtoReader.Parser<I> parser, Map<String, List<String>> headers, Pace pace) {
    MethodDescriptor<O, I> descriptor =
        MethodDescriptor.<O, I>newBuilder()
            // On the wire all types are the same; of others grpc-java does not say when to write.
            .setType(MethodType.BIDI_STREAMING)
            .setFullMethodName(method)
            .setRequestMarshaller(Bytes.writing())
            .setResponseMarshaller(Bytes.reading(parser))
            .build();
    Metadata metadata = new Metadata();
    headers.forEach((name, values) ->
        values.forEach(
            value -> metadata.put(Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER), value)));
    Outgoing<I, O> call =
        new Outgoing<>(
            channel.newCall(
                descriptor, CallOptions.DEFAULT.withMaxInboundMessageSize(pace.largest())));
    call.start(metadata, pace.ahead());
    return call;
  }

  @Override
  public void close() throws IOException {
    channel.shutdownNow();
    socket.close();
  }

  /// A call that is made from here. Closing one that has not ended gives it up.
  public static final class Outgoing<I, O extends Message> extends ClientCall.Listener<I>
      implements Call<I, O>, AutoCloseable {
    private final ClientCall<O, I> call;
    private final Inbox<I> inbox = new Inbox<>();
    private volatile Metadata headers = new Metadata();

    private Outgoing(ClientCall<O, I> call) {
      this.call = call;
    }

    private void start(Metadata metadata, int ahead) {
      call.start(this, metadata);
      call.request(ahead);
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

    /// Nothing more is written.
    public void end() {
      call.halfClose();
    }

    /// The other side's headers, once something was read.
    @Override
    public List<String> headers(String name) {
      return Service.values(headers, name);
    }

    @Override
    public void onHeaders(Metadata came) {
      headers = came;
    }

    @Override
    public void onMessage(I message) {
      inbox.add(message);
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      if (status.isOk()) {
        inbox.close();
      } else {
        inbox.fail(Failure.of(status));
      }
    }

    @Override
    public void onReady() {
      inbox.ready();
    }

    @Override
    public void close() {
      call.cancel("not needed any more", null);
    }
  }

  /// Gives the one connection there is.
  private static final class Once extends SocketFactory {
    private final Socket socket;
    private final AtomicBoolean given = new AtomicBoolean();

    Once(Socket socket) {
      this.socket = socket;
    }

    @Override
    public Socket createSocket() throws IOException {
      if (!given.compareAndSet(false, true)) {
        throw new SocketException("the client has ended its session");
      }
      return socket;
    }

    @Override
    public Socket createSocket(String host, int port) throws IOException {
      return createSocket();
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress local, int localPort)
        throws IOException {
      return createSocket();
    }

    @Override
    public Socket createSocket(InetAddress host, int port) throws IOException {
      return createSocket();
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress local, int localPort)
        throws IOException {
      return createSocket();
    }
  }
}
