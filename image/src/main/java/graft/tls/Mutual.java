package graft.tls;

import graft.error.GraftException;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
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
      char[] none = new char[0];
      KeyStore keys = emptyStore();
      keys.setKeyEntry("own", own, none, chain.toArray(X509Certificate[]::new));
      KeyManagerFactory us = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      us.init(keys, none);
      KeyStore anchors = emptyStore();
      for (int i = 0; i < trusted.size(); i++) {
        anchors.setCertificateEntry("ca" + i, trusted.get(i));
      }
      TrustManagerFactory them =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      them.init(anchors);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(us.getKeyManagers(), them.getTrustManagers(), new SecureRandom());
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw GraftException.internal(
          "cannot use the certificate " + certificate + ": " + e.getMessage(), e);
    }
  }

  private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  /// What the one signs the other confirms.
  private static boolean belong(PrivateKey own, PublicKey shown) {
    String algorithm =
        switch (own.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
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
