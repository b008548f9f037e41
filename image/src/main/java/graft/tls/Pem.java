package graft.tls;

import graft.error.GraftException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads PEM files. Every refusal is an INVALID that names the file, what it was to be, and what to
/// do; nothing of a key's content is ever in it.
public final class Pem {
  // An EC key of openssl has its curve in a block of its own before it.
  private static final Pattern KEY =
      Pattern.compile("-----BEGIN (?<kind>[A-Z ]*)PRIVATE KEY-----(?<body>[^-]+)-----END");

  private Pem() {}

  /// All certificates of a file in their order; at least one.
  ///
  /// @param what what the file is for: begins the sentence of a refusal
  public static List<X509Certificate> certificates(Path file, String what) {
    List<X509Certificate> all = new ArrayList<>();
    try {
      for (Certificate one :
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(read(file, what)))) {
        all.add((X509Certificate) one);
      }
    } catch (CertificateException e) {
      throw invalid(what, file, "it holds no certificate in PEM form", e);
    }
    if (all.isEmpty()) {
      throw invalid(what, file, "it holds no certificate in PEM form", null);
    }
    return all;
  }

  /// The private key of a file: PKCS#8, or what `openssl genrsa` (PKCS#1) and `openssl ecparam
  /// -genkey` (SEC 1) write.
  public static PrivateKey privateKey(Path file, String what) {
    String text = new String(read(file, what), StandardCharsets.US_ASCII);
    Matcher pem = KEY.matcher(text);
    if (text.contains("ENCRYPTED")) {
      throw invalid(
          what,
          file,
          "it is encrypted, and nobody is there to type its passphrase; decrypt it with 'openssl"
              + " pkey -in FILE -out NEW'",
          null);
    }
    if (!pem.find()) {
      throw invalid(what, file, "it holds no private key in PEM form", null);
    }
    try {
      byte[] der = Base64.getMimeDecoder().decode(pem.group("body"));
      byte[] pkcs8 =
          switch (pem.group("kind").strip()) {
            case "" -> der;
            case "RSA" -> Der.pkcs8OfPkcs1(der);
            case "EC" -> Der.pkcs8OfSec1(der);
            default -> throw new InvalidKeySpecException("kind");
          };
      return privateKey(pkcs8);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw invalid(
          what,
          file,
          "its key is broken or of an unknown kind; RSA, EC and Ed25519 keys are known, and"
              + " 'openssl pkcs8 -topk8 -nocrypt -in FILE -out NEW' converts others",
          e);
    }
  }

  private static PrivateKey privateKey(byte[] pkcs8) throws GeneralSecurityException {
    for (String algorithm : List.of("RSA", "EC", "Ed25519", "RSASSA-PSS")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
      } catch (InvalidKeySpecException _) {
        // another algorithm's key
      }
    }
    throw new InvalidKeySpecException("kind");
  }

  private static byte[] read(Path file, String what) {
    try {
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw invalid(what, file, "there is no such file", e);
    } catch (AccessDeniedException e) {
      throw invalid(what, file, "permission denied", e);
    } catch (IOException e) {
      throw invalid(what, file, String.valueOf(e.getMessage()), e);
    }
  }

  private static GraftException invalid(
      String what, Path file, String why, @Nullable Throwable cause) {
    return new GraftException(
        GraftException.Kind.INVALID, "cannot read " + what + " " + file + ": " + why, cause);
  }
}
