package graft.registry;

import graft.error.GraftException;
import graft.tls.Pem;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/// How one host proves itself to us and we to it. A value, so that hosts alike share connections.
record Tls(boolean skipVerify, List<Path> authorities, List<Pair> clients) {
  static final Tls DEFAULT = new Tls(false, List.of(), List.of());

  /// A client certificate (chain) and its key, both PEM.
  record Pair(Path certificate, Path key) {}

  Tls {
    authorities = List.copyOf(authorities);
    clients = List.copyOf(clients);
  }

  Tls withSkipVerify() {
    return new Tls(true, authorities, clients);
  }

  SSLContext context() {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys(), trust(), new SecureRandom());
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw GraftException.internal(
          "cannot use the certificates in "
              + (authorities.isEmpty() ? clients : authorities)
              + ": "
              + e.getMessage(),
          e);
    }
  }

  private KeyManager @Nullable [] keys() throws GeneralSecurityException, IOException {
    if (clients.isEmpty()) {
      return null;
    }
    KeyStore store = emptyStore();
    char[] none = new char[0];
    for (int i = 0; i < clients.size(); i++) {
      Pair pair = clients.get(i);
      Certificate[] chain =
          Pem.certificates(pair.certificate(), "the client certificate")
              .toArray(Certificate[]::new);
      store.setKeyEntry(
          "client" + i, Pem.privateKey(pair.key(), "the client certificate's key"), none, chain);
    }
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, none);
    return factory.getKeyManagers();
  }

  private TrustManager @Nullable [] trust() throws GeneralSecurityException, IOException {
    if (skipVerify) {
      return new TrustManager[] {new TrustAnything()};
    }
    if (authorities.isEmpty()) {
      return null;
    }
    KeyStore store = emptyStore();
    int n = 0;
    for (X509Certificate known : systemAuthorities()) {
      store.setCertificateEntry("system" + n++, known);
    }
    for (Path file : authorities) {
      for (Certificate certificate : Pem.certificates(file, "the certificate authority")) {
        store.setCertificateEntry("own" + n++, certificate);
      }
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  private static List<X509Certificate> systemAuthorities() throws GeneralSecurityException {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init((KeyStore) null);
    List<X509Certificate> all = new ArrayList<>();
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509TrustManager x509) {
        all.addAll(List.of(x509.getAcceptedIssuers()));
      }
    }
    return all;
  }

  private static KeyStore emptyStore() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  /// For registries that the administrator called insecure. An *extended* trust manager is also
  /// what keeps the JDK from checking the host's name.
  private static final class TrustAnything extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
