package graft.cli.http;

import graft.tls.Mutual;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.util.Arrays;
import java.util.Comparator;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/// An engine that is reached by TCP, always by TLS with certificates on both sides. Nothing of it
/// is loaded for a unix socket.
public final class TlsEndpoint implements Endpoint {
  private static final int PATIENCE_MILLIS = 30_000;

  private final String name;
  private final int port;
  private final Mutual files;

  public TlsEndpoint(String name, int port, Mutual files) {
    this.name = name;
    this.port = port;
    this.files = files;
  }

  @Override
  public Connection open() throws IOException {
    var context = files.context();
    Socket raw = connect();
    try {
      SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(raw, name, port, true);
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setProtocols(Mutual.PROTOCOLS.toArray(String[]::new));
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      parameters.setCipherSuites(cheapFirst(parameters.getCipherSuites()));
      socket.setSSLParameters(parameters);
      raw.setSoTimeout(PATIENCE_MILLIS);
      socket.startHandshake();
      raw.setSoTimeout(0);
      return new Connection(new TlsDuplex(raw, socket, this));
    } catch (SocketException e) {
      raw.close();
      // Somebody is there, so this is not for who starts an engine where there is none.
      throw about(
          "the connection ended before both sides knew each other (" + e.getMessage() + ")", e);
    } catch (IOException e) {
      raw.close();
      throw explained(e);
    }
  }

  /// A process this short never has its AES compiled to the processor's instructions; in plain code
  /// ChaCha20 is the faster one.
  private static String[] cheapFirst(String[] suites) {
    String[] sorted = suites.clone();
    Arrays.sort(
        sorted, Comparator.comparingInt((String suite) -> suite.indexOf("CHACHA20") < 0 ? 1 : 0));
    return sorted;
  }

  private Socket connect() throws IOException {
    InetAddress[] addresses;
    try {
      addresses = InetAddress.getAllByName(name);
    } catch (UnknownHostException e) {
      throw new IOException(
          "cannot reach the engine at " + this + ": there is no host of that name", e);
    }
    @Nullable IOException last = null;
    for (InetAddress address : addresses) {
      Socket socket = new Socket();
      try {
        socket.connect(new InetSocketAddress(address, port), PATIENCE_MILLIS);
        socket.setTcpNoDelay(true);
        socket.setKeepAlive(true);
        return socket;
      } catch (IOException e) {
        socket.close();
        last = e;
      }
    }
    String why = last == null ? "it has no address" : String.valueOf(last.getMessage());
    throw new IOException(
        "no engine answers at " + this + " (" + why + "); name another with --host or GRAFT_HOST",
        last);
  }

  /// What went wrong between two sides that cannot agree, and whose file it is about.
  IOException explained(IOException e) {
    String message = String.valueOf(e.getMessage());
    for (@Nullable Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof CertPathBuilderException) {
        return about(
            "its certificate was not made by the authority " + files.authority() + " (--tlscacert)",
            e);
      }
      if (cause instanceof CertPathValidatorException path) {
        boolean expired = path.getReason() == CertPathValidatorException.BasicReason.EXPIRED;
        return about(
            expired
                ? "its certificate has expired; it needs a new one"
                : "its certificate is not valid: " + path.getMessage(),
            e);
      }
      if (cause instanceof CertificateException
          && (message.contains("subject alternative") || message.contains("No name matching"))) {
        return about(
            "its certificate is not for the name "
                + name
                + "; use a name that is in it, or make one with subjectAltName for this one",
            e);
      }
    }
    if (message.contains("Unsupported or unrecognized SSL message")) {
      return about("it does not speak TLS; graft never speaks plain TCP", e);
    }
    if (e instanceof SSLException && message.contains("fatal alert")) {
      return about(
          "it refuses the certificate "
              + files.certificate()
              + " (--tlscert), which has expired or is not of the authority that the engine trusts ("
              + message.substring(message.lastIndexOf(':') + 1).strip()
              + ")",
          e);
    }
    return e instanceof SSLException ? about(message, e) : e;
  }

  private IOException about(String why, IOException cause) {
    return new IOException("cannot use the engine at " + this + ": " + why, cause);
  }

  @Override
  public String toString() {
    return "tcp://" + (name.indexOf(':') < 0 ? name : "[" + name + "]") + ":" + port;
  }
}
