package graft.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import graft.content.FileContentStore;
import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.oci.Document;
import graft.oci.MediaTypes;
import graft.oci.Reference;
import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Against the registry that most people run, where it is installed.
class DockerRegistryTest {
  /// bcrypt of "pw".
  private static final String HTPASSWD =
      "u:$2b$04$qawuvwkoVdBQKUOSZd4jhOuWXbIBF3zsWHhEm4qyRBRyoWZaAwARu\n";

  @TempDir Path directory;
  private final List<RegistryProcess> running = new ArrayList<>();

  @BeforeEach
  void isThere() {
    boolean there = RegistryProcess.installed();
    if (!there) {
      System.out.println("skipped: docker-registry is not on the PATH");
    }
    assumeTrue(there, "docker-registry is not on the PATH");
  }

  @AfterEach
  void stop() throws Exception {
    for (RegistryProcess process : running) {
      process.close();
    }
  }

  private String serve(String http, String auth) throws Exception {
    RegistryProcess process = RegistryProcess.start(directory, http, auth);
    running.add(process);
    return process.host();
  }

  private Registries registries() {
    return new Registries(
        RegistryOptions.defaults()
            .withCertsDirs(List.of(directory.resolve("certs.d")))
            .withEnvironment(Map.of()));
  }

  private void roundTrip(String host, Credentials credentials) throws Exception {
    byte[] layer = new byte[300_000];
    new Random(1).nextBytes(layer);
    byte[] config = "{\"os\":\"linux\"}".getBytes(UTF_8);
    Reference reference = Reference.parse(host + "/a/b:1");
    try (Registries registries = registries()) {
      Repository to = registries.repository(reference, credentials);
      Descriptor streamed =
          to.push(MediaTypes.OCI_LAYER, new ByteArrayInputStream(layer), Progress.NONE);
      Descriptor blob = new Descriptor(MediaTypes.OCI_CONFIG, Digest.of(config), config.length);
      BlobSource source = at -> new ByteArrayInputStream(config);
      assertThat(to.push(blob, source, List.of(), Progress.NONE))
          .isEqualTo(Repository.Pushed.UPLOADED);
      Document.Manifest manifest = Document.Manifest.create(blob, List.of(streamed), Map.of());
      to.push(manifest, Optional.of("1"));
      assertThat(to.tags()).containsExactly("1");
      assertThat(registries.search(host, "A/", 25, credentials))
          .containsExactly(new Found(host + "/a/b", "", 0, false));
      assertThat(to.resolve(reference).document()).isEqualTo(manifest);
      assertThatThrownBy(() -> to.resolve(reference.withTag("nope")))
          .hasMessage(
              "manifest for " + host + "/a/b:nope not found: manifest unknown: manifest unknown");
      Repository other = registries.repository(Reference.parse(host + "/other"), credentials);
      assertThat(other.push(streamed, source, List.of("a/b"), Progress.NONE))
          .isEqualTo(Repository.Pushed.MOUNTED);
      FileContentStore store = FileContentStore.open(directory.resolve("content"));
      try (var in = store.ingest(streamed.digest().toString())) {
        in.write(ByteBuffer.wrap(layer, 0, 100_000));
      }
      other.download(streamed, store, Progress.NONE);
      assertThat(store.read(streamed.digest(), layer.length)).isEqualTo(layer);
    }
  }

  @Test
  void open() throws Exception {
    roundTrip(serve("", ""), Credentials.NONE);
  }

  @Test
  void withBasicAuth() throws Exception {
    Path users = directory.resolve("htpasswd");
    Files.writeString(users, HTPASSWD);
    String host = serve("", "auth:\n  htpasswd:\n    realm: test\n    path: " + users.toString());
    roundTrip(host, Credentials.fixed(host, new Login("u", "pw")));
    Reference reference = Reference.parse(host + "/a/b:1");
    try (Registries registries = registries()) {
      assertThatThrownBy(
              () -> registries.repository(reference, Credentials.NONE).resolve(reference))
          .hasMessage("Head \"http://" + host + "/v2/a/b/manifests/1\": no basic auth credentials");
      Credentials wrong = Credentials.fixed(host, new Login("u", "no"));
      assertThatThrownBy(() -> registries.repository(reference, wrong).resolve(reference))
          .hasMessage("unauthorized: authentication required");
    }
  }

  @Test
  void withACertificateOfOurOwn() throws Exception {
    certificate();
    String host = serve(tls(""), "");
    Path certs = Files.createDirectories(directory.resolve("certs.d").resolve(host));
    Reference reference = Reference.parse(host + "/a/b:1");
    try (Registries registries = registries()) {
      assertThatThrownBy(
              () -> registries.repository(reference, Credentials.NONE).resolve(reference))
          .hasMessageContaining("x509: certificate signed by unknown authority");
    }
    Files.copy(directory.resolve("tls.crt"), certs.resolve("ca.crt"));
    roundTrip(host, Credentials.NONE);
  }

  @Test
  void withTlsOnLoopbackAndNoConfiguration() throws Exception {
    certificate();
    roundTrip(serve(tls(""), ""), Credentials.NONE);
  }

  @Test
  void withAClientCertificate() throws Exception {
    certificate();
    String host = serve(tls("    clientcas: [" + directory.resolve("tls.crt") + "]\n"), "");
    Path certs = Files.createDirectories(directory.resolve("certs.d").resolve(host));
    Files.copy(directory.resolve("tls.crt"), certs.resolve("ca.crt"));
    Reference reference = Reference.parse(host + "/a/b:1");
    try (Registries registries = registries()) {
      assertThatThrownBy(
              () -> registries.repository(reference, Credentials.NONE).resolve(reference))
          .hasMessageContaining("https://" + host);
    }
    Files.copy(directory.resolve("tls.crt"), certs.resolve("client.cert"));
    Files.copy(directory.resolve("tls.key"), certs.resolve("client.key"));
    roundTrip(host, Credentials.NONE);
  }

  private String tls(String more) {
    return "  tls:\n    certificate: "
        + directory.resolve("tls.crt")
        + "\n    key: "
        + directory.resolve("tls.key")
        + "\n"
        + more;
  }

  private void certificate() throws Exception {
    tool(
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=graft-test"
            + " -addext subjectAltName=IP:127.0.0.1 -keyout "
            + directory.resolve("tls.key")
            + " -out "
            + directory.resolve("tls.crt"));
  }

  private static void tool(String command) throws Exception {
    Process process =
        new ProcessBuilder(command.split(" ", -1))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(process.waitFor()).isZero();
  }
}
