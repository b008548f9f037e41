package graft.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import graft.oci.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DockerConfigCredentialsTest {
  @TempDir Path directory;
  private Path file;
  private DockerConfigCredentials credentials;

  @BeforeEach
  void open() {
    file = directory.resolve("sub/config.json");
    credentials = new DockerConfigCredentials(file);
  }

  private void write(String text) throws Exception {
    Files.createDirectories(directory.resolve("sub"));
    Files.writeString(file, text);
  }

  @ParameterizedTest
  @CsvSource({
    "docker.io, https://index.docker.io/v1/",
    "https://index.docker.io/v1/, https://index.docker.io/v1/",
    "host:5000, host:5000",
    "http://host:5000/v1/, host:5000"
  })
  void namesRegistriesAsDockerDoes(String registry, String key) {
    assertThat(DockerConfigCredentials.key(registry)).isEqualTo(key);
  }

  @Test
  void readsWhatDockerWrites() throws Exception {
    write(
        """
        {"auths": {
          "https://index.docker.io/v1/": {"auth": "dTpwOnc="},
          "https://old.example/v2/": {"auth": "YTpi"},
          "t.example": {"auth": "YTo=", "identitytoken": "tok"},
          "bad.example": {"auth": "?"},
          "empty.example": {}}}
        """);
    assertThat(credentials.find("docker.io")).contains(new Login("u", "p:w"));
    assertThat(credentials.find("old.example")).contains(new Login("a", "b"));
    assertThat(credentials.find("t.example")).contains(new Login("a", "", "tok", ""));
    assertThat(credentials.find("bad.example")).isEmpty();
    assertThat(credentials.find("empty.example")).isEmpty();
    assertThat(credentials.find("else.example")).isEmpty();
  }

  @Test
  void writesForTheOwnerAloneAndKeepsTheRest() throws Exception {
    write("{\"psFormat\": \"x\", \"auths\": {\"other\": {\"auth\": \"YTpi\", \"more\": 1}}}");
    credentials.store("docker.io", new Login("u", "pw"));
    JsonNode root = Json.MAPPER.readTree(file.toFile());
    assertThat(root.path("psFormat").asText()).isEqualTo("x");
    assertThat(root.path("auths").path("other").path("more").asInt()).isEqualTo(1);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(credentials.find("docker.io")).contains(new Login("u", "pw"));
    assertThat(credentials.erase("docker.io")).isTrue();
    assertThat(credentials.erase("docker.io")).isFalse();
    assertThat(credentials.find("docker.io")).isEmpty();
    try (var files = Files.list(directory.resolve("sub"))) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void makesTheFileAndKeepsALinkALink() throws Exception {
    credentials.store("h:1", new Login("u", "", "identity", ""));
    Path link = directory.resolve("link.json");
    Files.createSymbolicLink(link, file);
    DockerConfigCredentials linked = new DockerConfigCredentials(link);
    linked.store("h:2", new Login("v", "w"));
    assertThat(link).isSymbolicLink();
    assertThat(credentials.find("h:2")).contains(new Login("v", "w"));
    assertThat(credentials.find("h:1").map(Login::identityToken))
        .isEqualTo(Optional.of("identity"));
  }

  @Test
  void asksTheHelperThatIsNamed() throws Exception {
    Path helper = directory.resolve("docker-credential-fake");
    Files.writeString(
        helper,
        """
        #!/bin/sh
        in=$(cat)
        echo "$1 $in" >> %s/said
        case "$1 $in" in
          "get h:1") echo '{"ServerURL":"h:1","Username":"u","Secret":"s"}' ;;
          "get h:2") echo '{"Username":"<token>","Secret":"t"}' ;;
          get*) echo "credentials not found in native keychain"; exit 1 ;;
        esac
        """
            .formatted(directory));
    Files.setPosixFilePermissions(helper, PosixFilePermissions.fromString("rwx------"));
    write("{\"credHelpers\": {\"h:1\": \"fake\"}, \"credsStore\": \"fake\"}");
    credentials = new DockerConfigCredentials(file, directory + ":/bin:/usr/bin");
    assertThat(credentials.find("h:1")).contains(new Login("u", "s"));
    assertThat(credentials.find("h:2")).contains(new Login("", "", "t", ""));
    assertThat(credentials.find("h:3")).isEmpty();
    credentials.store("h:4", new Login("a", "b"));
    assertThat(Files.readString(file)).doesNotContain("YTpi").contains("h:4");
    credentials.erase("h:4");
    assertThat(directory.resolve("said"))
        .content()
        .contains("store {\"ServerURL\":\"h:4\",\"Username\":\"a\",\"Secret\":\"b\"}")
        .contains("erase h:4");
  }

  @Test
  void aHelperMustBeAName() throws Exception {
    write("{\"credsStore\": \"../../bin/sh\"}");
    assertThatThrownBy(() -> credentials.find("h")).hasMessageContaining("not the name");
  }

  @Test
  void aLoginDoesNotShowItsSecrets() {
    assertThat(new Login("u", "pw", "it", "rt").toString()).doesNotContain("pw", "it", "rt");
  }

  @Test
  void whatThisProgramUsesItselfIsReadAtEachUseAndRefusedWhereOthersCanReadIt() throws Exception {
    Credentials own;
    try (Registries with =
        new Registries(RegistryOptions.defaults().withLogins(Optional.of(file)))) {
      own = with.own();
    }
    assertThatThrownBy(() -> own.find("r.example"))
        .hasMessage("the logins in " + file + " are not used: it is not there");
    write("{\"auths\": {\"r.example\": {\"auth\": \"dTpwOnc=\"}}}");
    for (String mode : new String[] {"rw-r--r--", "rw--w----", "rw-----w-"}) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
      assertThatThrownBy(() -> own.find("r.example"))
          .as(mode)
          .hasMessageContaining("others can read or change it; chmod 600 it");
    }
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    assertThat(own.find("r.example")).contains(new Login("u", "p:w"));
    assertThat(own.find("other.example")).isEmpty();
    write("{}");
    assertThat(own.find("r.example")).isEmpty();
    try (Registries without = new Registries(RegistryOptions.defaults())) {
      assertThat(without.own().find("r.example")).isEmpty();
    }
  }
}
