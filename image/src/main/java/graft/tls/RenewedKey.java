package graft.tls;

import graft.error.GraftException;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/// A certificate that is read anew when one of its files has changed, which is looked at for each
/// handshake. While what is there cannot be used, because one of the two is not written yet, say,
/// the last one that could be is shown.
///
/// An alias names the one that a handshake has begun with: it ends with the key that belongs to the
/// certificate that it has shown.
final class RenewedKey extends X509ExtendedKeyManager {
  /// By what it shows that a file is another.
  private record Stamp(Optional<Object> file, long size, FileTime modified) {
    static final Stamp NONE = new Stamp(Optional.empty(), -1, FileTime.fromMillis(0));

    static Stamp of(Path path) {
      try {
        BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class);
        return new Stamp(Optional.ofNullable(now.fileKey()), now.size(), now.lastModifiedTime());
      } catch (IOException e) {
        return NONE;
      }
    }
  }

  private record Stamps(Stamp certificate, Stamp key) {
    static Stamps of(Identity identity) {
      return new Stamps(Stamp.of(identity.certificate()), Stamp.of(identity.key()));
    }
  }

  private record Shown(String alias, OwnKey key) {}

  private final Identity identity;
  private final Consumer<String> news;

  /// Held while files are read: who shakes hands meanwhile waits for what comes of it.
  private final ReentrantLock reading = new ReentrantLock();

  private Stamps seen;
  private int count;
  private volatile Shown now;
  private volatile Shown before;

  /// @param news is told, in one line, that another is shown, or why not
  /// @throws GraftException INVALID if what is there cannot be used
  RenewedKey(Identity identity, Consumer<String> news) {
    this.identity = identity;
    this.news = news;
    this.seen = Stamps.of(identity);
    this.now = new Shown("0", identity.manager());
    this.before = now;
  }

  private Shown current() {
    reading.lock();
    try {
      Stamps there = Stamps.of(identity);
      if (!there.equals(seen)) {
        // What is read now is at least as new; should it change meanwhile, it is read once more.
        seen = there;
        renew();
      }
      return now;
    } finally {
      reading.unlock();
    }
  }

  private void renew() {
    try {
      OwnKey fresh = identity.manager();
      before = now;
      now = new Shown(String.valueOf(++count), fresh);
      news.accept("the certificate " + identity.certificate() + " was read anew");
    } catch (GraftException e) {
      news.accept("the certificate stays the one that was read before: " + e.text());
    }
  }

  private OwnKey of(String alias) {
    Shown shown = now;
    return shown.alias().equals(alias) ? shown.key() : before.key();
  }

  @Override
  public @Nullable String chooseServerAlias(
      String type, Principal @Nullable [] issuers, @Nullable Socket socket) {
    Shown shown = current();
    return shown.key().chooseServerAlias(type, issuers, socket) == null ? null : shown.alias();
  }

  @Override
  public @Nullable String chooseEngineServerAlias(
      String type, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
    Shown shown = current();
    return shown.key().chooseEngineServerAlias(type, issuers, engine) == null
        ? null
        : shown.alias();
  }

  @Override
  public X509Certificate[] getCertificateChain(String alias) {
    return of(alias).getCertificateChain(alias);
  }

  @Override
  public PrivateKey getPrivateKey(String alias) {
    return of(alias).getPrivateKey(alias);
  }

  /// Servers alone have one of these.
  @Override
  public @Nullable String chooseClientAlias(
      String[] types, Principal @Nullable [] issuers, @Nullable Socket socket) {
    return null;
  }

  @Override
  public String @Nullable [] getClientAliases(String type, Principal @Nullable [] issuers) {
    return null;
  }

  @Override
  public String @Nullable [] getServerAliases(String type, Principal @Nullable [] issuers) {
    Shown shown = current();
    return shown.key().getServerAliases(type, issuers) == null
        ? null
        : new String[] {shown.alias()};
  }
}
