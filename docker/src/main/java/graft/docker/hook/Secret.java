package graft.docker.hook;

import graft.error.GraftException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// What whoever sends a notice has to know. It is compared in a time that does not tell how much of
/// a guess was right.
public final class Secret {
  private static final int SHORTEST = 16;
  private static final int LONGEST = 1024;
  private static final String HMAC = "HmacSHA256";
  private static final Set<PosixFilePermission> TOO_MUCH =
      Set.of(
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE);

  private final byte[] text;

  private Secret(byte[] text) {
    this.text = text;
  }

  /// The first line of a file.
  ///
  /// @throws GraftException INVALID if it is no secret, or one that others can read
  public static Secret in(Path file) {
    try {
      if (Files.getPosixFilePermissions(file).stream().anyMatch(TOO_MUCH::contains)) {
        throw GraftException.invalid("others can read or change " + file + "; chmod 600 it");
      }
      if (Files.size(file) > LONGEST) {
        throw GraftException.invalid(file + " is larger than " + LONGEST + " bytes");
      }
      return of(Files.readString(file).lines().findFirst().orElse("").strip(), file.toString());
    } catch (IOException e) {
      throw new GraftException(
          GraftException.Kind.INVALID, "cannot read the secret in " + file + ": " + e, e);
    }
  }

  static Secret of(String text, String where) {
    if (text.length() < SHORTEST) {
      throw GraftException.invalid(
          "the secret in "
              + where
              + " has less than "
              + SHORTEST
              + " characters; 'openssl rand -hex 24' makes a good one");
    }
    return new Secret(text.getBytes(StandardCharsets.UTF_8));
  }

  /// Whether a token is it.
  boolean is(String token) {
    return MessageDigest.isEqual(text, token.getBytes(StandardCharsets.UTF_8));
  }

  /// Whether somebody has signed a body with it.
  ///
  /// @param signature `sha256=` and the HMAC in hexadecimal digits
  boolean signed(byte[] body, String signature) {
    Optional<byte[]> given = bytes(signature);
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(new SecretKeySpec(text, HMAC));
      return MessageDigest.isEqual(mac.doFinal(body), given.orElseGet(() -> new byte[0]));
    } catch (GeneralSecurityException e) {
      throw GraftException.internal("cannot verify a signature", e);
    }
  }

  private static Optional<byte[]> bytes(String signature) {
    try {
      return signature.startsWith("sha256=")
          ? Optional.of(HexFormat.of().parseHex(signature.substring("sha256=".length())))
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
