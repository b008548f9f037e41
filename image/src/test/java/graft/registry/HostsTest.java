package graft.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.registry.Endpoint.Capability;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostsTest {
  @TempDir Path certs;

  private Hosts hosts() {
    return new Hosts(
        RegistryOptions.defaults()
            .withCertsDirs(List.of(certs))
            .withMirrors(List.of(URI.create("https://mirror.example/")))
            .withInsecure(List.of("plain.example:5000", "10.1.0.0/16", "fd00::/8"))
            .withEnvironment(Map.of()));
  }

  @ParameterizedTest
  @CsvSource({
    "docker.io, https://mirror.example https://registry-1.docker.io, false",
    "ghcr.io, https://ghcr.io, false",
    "plain.example:5000, https://plain.example:5000;http://plain.example:5000, true",
    "10.1.255.3:80, https://10.1.255.3:80;http://10.1.255.3:80, true",
    "10.2.0.1, https://10.2.0.1, false",
    "[fd00::1]:5, https://[fd00::1]:5;http://[fd00::1]:5, true",
    "127.0.0.1:5000, http://127.0.0.1:5000;https://127.0.0.1:5000, true",
    "localhost, http://localhost;https://localhost, true",
    "[::1]:5000, http://[::1]:5000;https://[::1]:5000, true"
  })
  void withoutFiles(String registry, String bases, boolean skip) {
    List<Endpoint> all = hosts().endpoints(registry);
    List<String> shown =
        all.stream()
            .map(e -> String.join(";", e.bases().stream().map(URI::toString).toList()))
            .toList();
    assertThat(String.join(" ", shown)).isEqualTo(bases);
    assertThat(all.getLast().tls().skipVerify()).isEqualTo(skip);
  }

  @Test
  void hostsToml() throws Exception {
    Path directory = Files.createDirectories(certs.resolve("reg.example"));
    Files.writeString(
        directory.resolve("hosts.toml"),
        """
        server = "https://up.example"

        [host."http://mirror.local:5000"]
          capabilities = ["pull", "resolve"]
          skip_verify = true
        [host."https://deep.example/some/path"]
          capabilities = ["pull", "push"]
          ca = ["a.crt", "/abs/b.crt"]
          client = [["c.cert", "c.key"]]
          override_path = true
          [host."https://deep.example/some/path".header]
            x-one = "1"
            x-two = ["2", "3"]
        """);
    List<Endpoint> all = hosts().endpoints("reg.example");
    assertThat(all).hasSize(3);
    assertThat(all.getFirst().bases()).containsExactly(URI.create("http://mirror.local:5000"));
    assertThat(all.getFirst().tls().skipVerify()).isTrue();
    assertThat(all.getFirst().namespace()).isEqualTo("reg.example");
    assertThat(all.getFirst().capabilities()).doesNotContain(Capability.PUSH);
    Endpoint deep = all.get(1);
    assertThat(deep.prefix()).isEmpty();
    assertThat(deep.tls().authorities())
        .containsExactly(directory.resolve("a.crt"), Path.of("/abs/b.crt"));
    assertThat(deep.tls().clients())
        .containsExactly(new Tls.Pair(directory.resolve("c.cert"), directory.resolve("c.key")));
    assertThat(deep.headers()).containsEntry("x-one", "1").containsEntry("x-two", "2, 3");
    assertThat(all.getLast().bases()).containsExactly(URI.create("https://up.example"));
  }

  @ParameterizedTest
  @CsvSource({"'[host', cannot read", "'server = \"ftp://x\"', not the address of a registry"})
  void badToml(String text, String message) throws Exception {
    Path directory = Files.createDirectories(certs.resolve("reg.example"));
    Files.writeString(directory.resolve("hosts.toml"), text);
    assertThatThrownBy(() -> hosts().endpoints("reg.example")).hasMessageContaining(message);
  }
}
