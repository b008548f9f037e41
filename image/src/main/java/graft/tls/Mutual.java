package graft.tls;

import graft.error.GraftException;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// The three files of one side of a connection on which both sides show a certificate: whom it
/// trusts, who it is, and its key. Docker's names for them are the options of both the engine and
/// the client, so that a refusal can name the option.
public record Mutual(Path authority, Path certificate, Path key) {
  /// TLS 1.2 is the oldest that is spoken.
  public static final List<String> PROTOCOLS = List.of("TLSv1.3", "TLSv1.2");

  /// The files by the names that docker gives them in a directory.
  public static Mutual in(Path directory) {
    return new Mutual(
        directory.resolve("ca.pem"), directory.resolve("cert.pem"), directory.resolve("key.pem"));
  }

  /// Who this side is.
  public Identity self() {
    return new Identity(certificate, key, "--");
  }

  /// Trusts the authority of the file alone, not those of the system.
  public SSLContext context() {
    List<X509Certificate> trusted =
        Pem.certificates(authority, "the certificate authority (--tlscacert)");
    KeyManager own = self().manager();
    try {
      KeyStore anchors = KeyStore.getInstance("PKCS12");
      anchors.load(null, null);
      for (int i = 0; i < trusted.size(); i++) {
        anchors.setCertificateEntry("ca" + i, trusted.get(i));
      }
      TrustManagerFactory them =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      them.init(anchors);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(new KeyManager[] {own}, them.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw GraftException.internal(
          "cannot use the certificate " + certificate + ": " + e.getMessage(), e);
    }
  }
}
