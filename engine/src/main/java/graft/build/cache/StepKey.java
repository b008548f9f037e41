package graft.build.cache;

import graft.build.source.Framing;
import graft.oci.Digest;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Names all that the result of a step depends on, line by line; the digest of the lines is the key
/// under which the result is kept. What is not named must not have an effect: a file's time of
/// change is not, nor where a context came from, nor what an image is called.
public final class StepKey {
  /// Changes when the same lines come to mean something else.
  private static final String VERSION = "graft step 1";

  private final List<String> lines = new ArrayList<>(List.of(VERSION));

  public StepKey add(String name, String value) {
    lines.add(name + ": " + value);
    return this;
  }

  public StepKey add(String name, List<String> values) {
    for (String value : values) {
      add(name, value);
    }
    return this;
  }

  public StepKey add(StepKey other) {
    lines.addAll(other.lines);
    return this;
  }

  public List<String> lines() {
    return List.copyOf(lines);
  }

  public Digest digest() {
    return digest(lines);
  }

  /// Each line with its length before it, so that no line can pretend to be two.
  public static Digest digest(List<String> lines) {
    MessageDigest sha = Digest.newSha256();
    lines.forEach(line -> Framing.update(sha, line));
    return Digest.sha256(sha.digest());
  }

  /// The first line in which two keys differ, as a sentence; empty if they are the same.
  public static Optional<String> difference(List<String> before, List<String> now) {
    int n = 0;
    while (n < before.size() && n < now.size() && before.get(n).equals(now.get(n))) {
      n++;
    }
    if (n == before.size() && n == now.size()) {
      return Optional.empty();
    }
    if (n == before.size()) {
      return Optional.of("new: " + now.get(n));
    }
    if (n == now.size()) {
      return Optional.of("gone: " + before.get(n));
    }
    String old = before.get(n);
    String fresh = now.get(n);
    if (!now.contains(old) && before.contains(fresh)) {
      return Optional.of("gone: " + old);
    }
    if (now.contains(old) && !before.contains(fresh)) {
      return Optional.of("new: " + fresh);
    }
    return Optional.of(fresh + " (was: " + old.substring(old.indexOf(' ') + 1) + ")");
  }
}
