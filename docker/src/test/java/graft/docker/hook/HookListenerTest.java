package graft.docker.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import graft.oci.Descriptor;
import graft.oci.Document;
import graft.oci.MediaTypes;
import graft.oci.Reference;
import graft.registry.Credentials;
import graft.registry.Progress;
import graft.registry.Registries;
import graft.registry.RegistryOptions;
import graft.registry.RegistryProcess;
import graft.registry.Repository;
import graft.rollout.Pushed;
import graft.tls.Identity;
import graft.tls.Mutual;
import graft.tls.TestCertificates;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Who may tell of pushes.
class HookListenerTest {
  private static final String SECRET = "0123456789abcdef0123456789abcdef";
  private static final String NOTICE =
      "{\"events\":[{\"action\":\"push\",\"target\":{\"repository\":\"a/b\",\"tag\":\"1\"}}]}";

  private final HttpClient http = HttpClient.newHttpClient();
  private final List<Pushed> heard = new CopyOnWriteArrayList<>();
  private final List<String> troubles = new CopyOnWriteArrayList<>();
  private HookListener listener;

  @BeforeEach
  void start() throws IOException {
    listener = start(Optional.empty(), () -> Secret.of(SECRET, "a test"));
  }

  private HookListener start(Optional<SSLContext> tls, Supplier<Secret> secret) throws IOException {
    return HookListener.start(
        new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0),
        tls,
        secret,
        pushed -> {
          heard.addAll(pushed);
          return List.of("r.example/a/b:1");
        },
        troubles::add);
  }

  @AfterEach
  void stop() {
    listener.close();
    http.close();
  }

  private HttpResponse<String> send(
      String more, String body, UnaryOperator<HttpRequest.Builder> headers) throws Exception {
    return http.send(
        headers
            .apply(
                HttpRequest.newBuilder(URI.create(listener.url() + more))
                    .POST(HttpRequest.BodyPublishers.ofString(body)))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private static String signature(String key, String body) throws Exception {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
    return "sha256=" + HexFormat.of().formatHex(mac.doFinal(body.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void whoKnowsTheSecretIsHeard() throws Exception {
    String signed = signature(SECRET, NOTICE);
    List<HttpResponse<String>> all =
        List.of(
            send("", NOTICE, r -> r.header("Authorization", "Bearer " + SECRET)),
            send("", NOTICE, r -> r.header("Authorization", SECRET)),
            send("", NOTICE, r -> r.header("X-Hub-Signature-256", signed)),
            send("?a=b&token=" + SECRET, NOTICE, r -> r),
            // As the distribution registry says it.
            send(
                "",
                NOTICE,
                r ->
                    r.header("Authorization", "Bearer " + SECRET)
                        .header(
                            "Content-Type", "application/vnd.docker.distribution.events.v1+json")));
    assertThat(all)
        .allSatisfy(answer -> {
          assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
          assertThat(answer.body()).isEqualTo("{\"asked\":[\"r.example/a/b:1\"]}");
        });
    assertThat(heard).hasSize(all.size());
  }

  @Test
  void strangersAreNot() throws Exception {
    String signed = signature(SECRET, NOTICE);
    String foreign = signature("another secret of somebody", NOTICE);
    List<HttpResponse<String>> all =
        List.of(
            send("", NOTICE, r -> r),
            send("?token=", NOTICE, r -> r),
            send("?token=%00", NOTICE, r -> r),
            send("?token=" + SECRET.substring(1), NOTICE, r -> r),
            send("", NOTICE, r -> r.header("Authorization", "Bearer " + SECRET + "0")),
            send("", NOTICE, r -> r.header("Authorization", "Basic " + SECRET)),
            send("", NOTICE, r -> r.header("X-Hub-Signature-256", foreign)),
            send("", NOTICE, r -> r.header("X-Hub-Signature-256", "sha256=")),
            send("", NOTICE, r -> r.header("X-Hub-Signature-256", "sha256=zz")),
            // A signature that is wrong is not made up for by a token.
            send("?token=" + SECRET, NOTICE + " ", r -> r.header("X-Hub-Signature-256", signed)));
    assertThat(all)
        .allSatisfy(answer -> {
          assertThat(answer.statusCode()).isEqualTo(401);
          assertThat(answer.body()).contains("secret").doesNotContain(SECRET);
        });
    assertThat(heard).isEmpty();
  }

  @Test
  void whatIsNoNoticeIsRefused() throws Exception {
    UnaryOperator<HttpRequest.Builder> known = r -> r.header("Authorization", SECRET);
    assertThat(send("", "{", known).statusCode()).isEqualTo(400);
    assertThat(send("", "[".repeat(100_000), known).statusCode()).isEqualTo(400);
    assertThat(send("", " ".repeat(Notice.MOST_BYTES + 1), known).body()).contains("larger than");
    assertThat(send("/../containers/json", NOTICE, known).statusCode()).isEqualTo(404);
    HttpResponse<String> read =
        http.send(
            HttpRequest.newBuilder(URI.create(listener.url())).GET().build(),
            HttpResponse.BodyHandlers.ofString());
    assertThat(read.statusCode()).isEqualTo(405);
    assertThat(heard).isEmpty();
  }

  @Test
  void soManyAtOnceAndOneMoreEachSecond() throws Exception {
    AtomicLong clock = new AtomicLong();
    Rate rate = new Rate(clock::get);
    for (int i = 0; i < 60; i++) {
      assertThat(rate.admits()).as("number %d", i).isTrue();
    }
    assertThat(rate.admits()).isFalse();
    clock.addAndGet(2_500_000_000L);
    assertThat(List.of(rate.admits(), rate.admits(), rate.admits()))
        .containsExactly(true, true, false);
    clock.addAndGet(500_000_000L);
    assertThat(rate.admits()).isTrue();
    // Strangers as well.
    int refused = 0;
    for (int i = 0; i < 80; i++) {
      refused += send("", NOTICE, r -> r).statusCode() == 429 ? 1 : 0;
    }
    assertThat(refused).isPositive();
  }

  @Test
  void aSecretIsAFileForNobodyElse(@TempDir Path dir) throws Exception {
    Path file = dir.resolve("secret");
    assertThatThrownBy(() -> Secret.in(file)).hasMessageContaining("cannot read the secret");
    Files.writeString(file, SECRET + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(() -> Secret.in(file)).hasMessageContaining("chmod 600");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    assertThat(Secret.in(file).is(SECRET)).isTrue();
    Files.writeString(file, "short\n");
    assertThatThrownBy(() -> Secret.in(file)).hasMessageContaining("less than 16 characters");
  }

  /// A secret is changed by writing its file, and one that cannot be read lets nobody in.
  @Test
  void theSecretIsReadForEachNotice(@TempDir Path dir) throws Exception {
    Path file = Files.writeString(dir.resolve("secret"), SECRET + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    listener.close();
    listener = start(Optional.empty(), () -> Secret.in(file));
    String fresh = "another secret of this engine";
    UnaryOperator<HttpRequest.Builder> old = r -> r.header("Authorization", SECRET);
    assertThat(send("", NOTICE, old).statusCode()).isEqualTo(202);
    Files.writeString(file, fresh + "\n");
    assertThat(send("", NOTICE, old).statusCode()).isEqualTo(401);
    assertThat(send("", NOTICE, r -> r.header("Authorization", fresh)).statusCode()).isEqualTo(202);
    assertThat(troubles).isEmpty();
    Files.delete(file);
    HttpResponse<String> answer = send("", NOTICE, r -> r.header("Authorization", fresh));
    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.body()).doesNotContain(dir.toString());
    assertThat(troubles).singleElement().asString().contains(file.toString());
    assertThat(heard).hasSize(2);
  }

  @Test
  void registriesAreShownACertificate(@TempDir Path dir) throws Exception {
    assumeTrue(TestCertificates.possible(), "openssl is not installed");
    Path all = TestCertificates.make(dir.resolve("certificates"));
    Path own = Files.createDirectory(dir.resolve("own"));
    copy(all.resolve("server"), own, "cert.pem", "key.pem");
    List<String> news = new CopyOnWriteArrayList<>();
    listener.close();
    listener =
        start(
            Optional.of(
                new Identity(own.resolve("cert.pem"), own.resolve("key.pem"), "--webhook-")
                    .renewed(news::add)),
            () -> Secret.of(SECRET, "a test"));
    assertThat(listener.url()).startsWith("https://127.0.0.1:");
    Path client = all.resolve("client");
    // It trusts the authority; that it has a certificate itself, nobody asks.
    assertThat(subject(client)).isEqualTo("CN=server");
    // In plain HTTP it is not heard, and does no harm.
    URI plain = URI.create(listener.url().replace("https:", "http:"));
    assertThatThrownBy(() ->
            http.send(
                HttpRequest.newBuilder(plain).build(), HttpResponse.BodyHandlers.discarding()))
        .isInstanceOf(IOException.class);
    assertThat(subject(client)).isEqualTo("CN=server");
    assertThat(news).isEmpty();

    // A new certificate, whose key comes a moment later: until then the old ones are shown.
    copy(all.resolve("renewed"), own, "cert.pem");
    assertThat(subject(client)).isEqualTo("CN=server");
    assertThat(subject(client)).isEqualTo("CN=server");
    assertThat(news).singleElement().asString().contains("stays", "does not belong", "--webhook-");
    copy(all.resolve("renewed"), own, "key.pem");
    assertThat(subject(client)).isEqualTo("CN=renewed");
    assertThat(news).hasSize(2).last().asString().contains("read anew");
    // Gone, or nonsense.
    Files.delete(own.resolve("key.pem"));
    assertThat(subject(client)).isEqualTo("CN=renewed");
    Files.writeString(own.resolve("cert.pem"), "no certificate");
    assertThat(subject(client)).isEqualTo("CN=renewed");
    assertThat(news).hasSize(4);
    copy(all.resolve("server"), own, "key.pem", "cert.pem");
    assertThat(subject(client)).isEqualTo("CN=server");
    assertThat(heard).hasSize(8);
  }

  private static void copy(Path from, Path to, String... files) throws IOException {
    for (String file : files) {
      Files.copy(from.resolve(file), to.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /// Of the certificate that a registry is shown which tells of a push. Each has a connection of
  /// its own, and remembers no session.
  private String subject(Path certificates) throws Exception {
    SSLContext tls = Mutual.in(certificates).context();
    try (HttpClient client = HttpClient.newBuilder().sslContext(tls).build()) {
      HttpResponse<String> answer =
          client.send(
              HttpRequest.newBuilder(URI.create(listener.url()))
                  .header("Authorization", "Bearer " + SECRET)
                  .POST(HttpRequest.BodyPublishers.ofString(NOTICE))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).isEqualTo(202);
      X509Certificate shown =
          (X509Certificate) answer.sslSession().orElseThrow().getPeerCertificates()[0];
      return shown.getSubjectX500Principal().getName();
    }
  }

  /// What Debian's docker-registry really sends.
  @Test
  void theDistributionRegistryIsHeard(@TempDir Path dir) throws Exception {
    assumeTrue(RegistryProcess.installed(), "there is no docker-registry");
    String endpoint =
        """
        notifications:
          endpoints:
            - name: graft
              url: %s
              headers:
                Authorization: [Bearer %s]
              timeout: 5s
              threshold: 3
              backoff: 100ms
        """
            .formatted(listener.url(), SECRET);
    try (RegistryProcess registry = RegistryProcess.start(dir, "", endpoint);
        Registries registries =
            new Registries(RegistryOptions.defaults().withEnvironment(Map.of()))) {
      Reference name = Reference.parse(registry.host() + "/a/b:1");
      Repository repository = registries.repository(name, Credentials.NONE);
      byte[] config = "{\"os\":\"linux\"}".getBytes(StandardCharsets.UTF_8);
      Descriptor blob =
          repository.push(MediaTypes.OCI_CONFIG, new ByteArrayInputStream(config), Progress.NONE);
      var _ =
          repository.push(Document.Manifest.create(blob, List.of(), Map.of()), Optional.of("1"));
      for (int i = 0; heard.isEmpty() && i < 600; i++) {
        Thread.sleep(50);
      }
    }
    assertThat(heard).containsExactly(new Pushed(Optional.empty(), "a/b", Optional.of("1")));
  }
}
