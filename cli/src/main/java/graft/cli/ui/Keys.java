package graft.cli.ui;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/// Who may come in. A token is in the link that the terminal shows and opens the door once: links
/// get into histories, and into the command lines of browsers, which everybody may read. What the
/// browser gets for it is a key, which it sends with each request and which is nowhere else.
final class Keys {
  private static final int BYTES = 32;
  private static final int MOST = 64;

  private final SecureRandom random = new SecureRandom();
  private final List<byte[]> given = new CopyOnWriteArrayList<>();
  private byte[] token = new byte[0];

  /// A token in the place of the one before.
  synchronized String newToken() {
    String text = word();
    token = bytes(text);
    return text;
  }

  /// A key for the token; nothing if it is another one or was used.
  synchronized Optional<String> exchange(String offered) {
    if (token.length == 0 || !MessageDigest.isEqual(token, bytes(offered))) {
      return Optional.empty();
    }
    token = new byte[0];
    String key = word();
    if (given.size() >= MOST) {
      given.removeFirst();
    }
    given.add(bytes(key));
    return Optional.of(key);
  }

  /// Whether this is one of the keys that were given out.
  boolean admits(String key) {
    byte[] offered = bytes(key);
    boolean found = false;
    for (byte[] one : given) {
      found |= MessageDigest.isEqual(one, offered);
    }
    return found;
  }

  private String word() {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
