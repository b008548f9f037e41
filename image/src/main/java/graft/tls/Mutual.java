package graft.tls;

import graft.error.GraftException;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPrivateKey;
import java.security.interfaces.RSAPublicKey;
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

  /// Trusts the authority of the file alone, not those of the system.
  public SSLContext context() {
    List<X509Certificate> trusted =
        Pem.certificates(authority, "the certificate authority (--tlscacert)");
    List<X509Certificate> chain = Pem.certificates(certificate, "the certificate (--tlscert)");
    PrivateKey own = Pem.privateKey(key, "the private key (--tlskey)");
    if (!belong(own, chain.getFirst().getPublicKey())) {
      throw GraftException.invalid(
          "the private key "
              + key
              + " (--tlskey) does not belong to the certificate "
              + certificate
              + " (--tlscert); give the pair that was made together");
    }
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
      context.init(new KeyManager[] {new OwnKey(own, chain)}, them.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw GraftException.internal(
          "cannot use the certificate " + certificate + ": " + e.getMessage(), e);
    }
  }

  /// What the one signs the other confirms.
  private static boolean belong(PrivateKey own, PublicKey shown) {
    if (own instanceof RSAPrivateKey ours) {
      return shown instanceof RSAPublicKey theirs && ours.getModulus().equals(theirs.getModulus());
    }
    String algorithm =
        switch (own.getAlgorithm()) {
          case "EC" -> "SHA256withECDSA";
          case "EdDSA", "Ed25519" -> "Ed25519";
          default -> "";
        };
    if (algorithm.isEmpty()) {
      return true; // the handshake will tell
    }
    try {
      Signature sign = Signature.getInstance(algorithm);
      sign.initSign(own);
      sign.update((byte) 1);
      byte[] signature = sign.sign();
      sign.initVerify(shown);
      sign.update((byte) 1);
      return sign.verify(signature);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
