package graft.tls;

import graft.error.GraftException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPrivateKey;
import java.security.interfaces.RSAPublicKey;
import java.util.List;
import java.util.function.Consumer;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;

/// Who one side of a connection is: the files of a certificate and its key.
///
/// @param options what is before `tlscert` and `tlskey` in the options that name them, so that a
///   refusal can name the option: `--`
public record Identity(Path certificate, Path key, String options) {
  /// Of a server that asks nobody who they are, and reads its files anew when one has changed.
  /// While they cannot be used then, what was read before stays.
  ///
  /// @param news is told, in one line, that another certificate is shown, or why not
  /// @throws GraftException INVALID if the files cannot be used now
  public SSLContext renewed(Consumer<String> news) {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(new KeyManager[] {new RenewedKey(this, news)}, null, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw GraftException.internal(
          "cannot use the certificate " + certificate + ": " + e.getMessage(), e);
    }
  }

  OwnKey manager() {
    List<X509Certificate> chain =
        Pem.certificates(certificate, "the certificate (" + options + "tlscert)");
    PrivateKey own = Pem.privateKey(key, "the private key (" + options + "tlskey)");
    if (!belong(own, chain.getFirst().getPublicKey())) {
      throw GraftException.invalid(
          "the private key "
              + key
              + " ("
              + options
              + "tlskey) does not belong to the certificate "
              + certificate
              + " ("
              + options
              + "tlscert); give the pair that was made together");
    }
    return new OwnKey(own, chain);
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
