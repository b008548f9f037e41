package graft.docker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import graft.error.GraftException;
import graft.rootless.Places;
import graft.tls.TestCertificates;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostTest {
  @TempDir Path dir;

  @ParameterizedTest
  @CsvSource({
    "unix:///run/graft.sock, unix:///run/graft.sock",
    "tcp://127.0.0.1:2376, tcp://127.0.0.1:2376",
    "tcp://127.0.0.1, tcp://127.0.0.1:2376",
    "tcp://engine.example:1/, tcp://engine.example:1",
    "tcp://[::1]:99, tcp://[::1]:99",
    "tcp://[::], tcp://[::]:2376",
    "tcp://:99, tcp://localhost:99",
    "tcp://, tcp://localhost:2376",
    "tcp://0.0.0.0:0, tcp://0.0.0.0:0",
  })
  void areRead(String given, String host) {
    assertThat(Host.parse(given)).hasToString(host);
  }

  @ParameterizedTest
  @CsvSource({
    "fd://, only these two kinds are known",
    "/run/graft.sock, only these two kinds are known",
    "unix://, the path is missing",
    "tcp://::1:2376, an IPv6 address needs brackets",
    "tcp://[::1:2376, the ] after the IPv6 address is missing",
    "tcp://h:65536, the port is no number from 0 to 65535",
    "tcp://h:x, the port is no number from 0 to 65535",
    "tcp://[::1]x, the port is no number from 0 to 65535",
    "tcp://h:1/path, a path is not possible",
  })
  void areRefused(String given, String why) {
    assertThatThrownBy(() -> Host.parse(given))
        .isInstanceOf(GraftException.class)
        .hasMessageContaining("\"" + given + "\"")
        .hasMessageContaining(why);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "unix:///s?policy=read-only | unix:///s?policy=read-only",
        "unix:///s?policy=no-privileged,own-labels:ci | unix:///s?policy=no-privileged,own-labels:ci",
        "tcp://h:1?policy=read-only | tcp://h:1?policy=read-only",
        "unix:///s | unix:///s"
      })
  void doorsHavePolicies(String given, String door) {
    assertThat(Door.parse(given)).hasToString(door);
  }

  @ParameterizedTest
  @CsvSource({
    "unix:///s?policy=, unknown policy \"\" of a host",
    "unix:///s?policy=readonly, unknown policy \"readonly\" of a host",
    "unix:///s?policy=own-labels, unknown policy \"own-labels\" of a host",
    "unix:///s?policy=own-labels:a b, unknown policy \"own-labels:a b\" of a host",
    "unix:///s?x=y, has something else than ?policy=",
  })
  void otherPoliciesAreRefused(String given, String why) {
    assertThatThrownBy(() -> Door.parse(given))
        .isInstanceOf(GraftException.class)
        .hasMessageContaining(why);
  }

  private DaemonOptions options(String file, String... args) throws Exception {
    Path config = Files.writeString(dir.resolve("daemon.json"), file);
    return DaemonOptions.read(config, Places.ROOT, List.of(args));
  }

  /// The file, the arguments.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{} | --host tcp://127.0.0.1:2375",
        "{} | --host tcp://127.0.0.1:2375 --tls",
        "{} | --host tcp://127.0.0.1:2375 --tlsverify=false",
        "{\"hosts\":[\"unix:///s\",\"tcp://127.0.0.1:2375\"]} | --data-root /d",
        "{\"hosts\":[\"tcp://127.0.0.1:2375\"],\"tls\":true} | --data-root /d",
        "{\"tlsverify\":true} | -H tcp://127.0.0.1:2375 --tlsverify=false",
      })
  void tcpIsNeverWithoutClientCertificates(String file, String args) {
    assertThatThrownBy(() -> options(file, args.split(" ")))
        .isInstanceOf(GraftException.class)
        .hasMessageContaining(
            "cannot listen on tcp://127.0.0.1:2375 without client certificates: whoever reaches the"
                + " port would be root on this machine; give --tlsverify");
  }

  @Test
  void addressPoolsAreObjectsInTheFileAndWordsOnTheCommandLine() throws Exception {
    String file = "{\"default-address-pools\":[{\"base\":\"10.64.0.0/12\",\"size\":24}]}";
    assertThat(options(file).engine().network().pools())
        .containsExactly("base=10.64.0.0/12,size=24");
    assertThat(
            options("{}", "--default-address-pool", "base=10.1.0.0/16,size=28")
                .engine()
                .network()
                .pools())
        .containsExactly("base=10.1.0.0/16,size=28");
    assertThatThrownBy(() -> options("{\"default-address-pools\":\"10.64.0.0/12\"}"))
        .hasMessageContaining("default-address-pools is no list of pools");
  }

  @Test
  void theFileHasDockersNamesAndArgumentsWin() throws Exception {
    String file =
        """
        {"hosts": ["tcp://127.0.0.1:2376", "unix:///a"], "tls": true, "tlsverify": true,
         "tlscacert": "/f/ca.pem", "tlscert": "/f/cert.pem", "data-root": "/d", "group": "g"}
        """;
    DaemonOptions options = options(file, "--tlscert", "/x/cert.pem");
    assertThat(options.doors())
        .extracting(Object::toString)
        .containsExactly("tcp://127.0.0.1:2376", "unix:///a");
    assertThat(options.tls().orElseThrow())
        .hasToString(
            "Mutual[authority=/f/ca.pem, certificate=/x/cert.pem, key=/etc/graft/key.pem]");
    assertThat(options.engine().dataRoot()).isEqualTo(Path.of("/d"));
    assertThat(options.access()).hasToString("Group[name=g]");
    DaemonOptions other = options(file, "-H", "unix:///b", "-H", "unix:///c", "--group=");
    assertThat(other.doors())
        .extracting(Object::toString)
        .containsExactly("unix:///b", "unix:///c");
    assertThat(other.tls()).isEmpty();
    assertThat(other.access()).hasToString("Owner[]");
    assertThat(options("{}").doors())
        .extracting(Object::toString)
        .containsExactly("unix:///run/graft.sock");
  }

  @ParameterizedTest
  @CsvSource({
    "--nothing, unknown option --nothing; see 'graft daemon --help'",
    "x, unknown option x; see 'graft daemon --help'",
    "--host, the option --host needs a value",
  })
  void otherArgumentsAreRefused(String args, String why) {
    assertThatThrownBy(() -> options("{}", args.split(" "))).hasMessage(why);
  }

  @Test
  void registriesAreHeardOnlyWhereTheyHaveToKnowASecret() throws Exception {
    Path secret = Files.writeString(dir.resolve("secret"), "0123456789abcdef\n");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    assertThat(options("{}").hooks()).isEmpty();
    assertThatThrownBy(() -> options("{}", "--webhook-listen", "127.0.0.1:1"))
        .hasMessageContaining("go together");
    for (String wrong : List.of("127.0.0.1", ":1", "127.0.0.1:99999", "127.0.0.1:1/x")) {
      assertThatThrownBy(() ->
              options("{\"webhook-secret-file\": \"" + secret + "\"}", "--webhook-listen", wrong))
          .hasMessageContaining("is no address and port");
    }
    assertThat(hooks(secret, "[::1]:8470").address().getPort()).isEqualTo(8470);
  }

  private HookOptions hooks(Path secret, String listen, String... more) throws Exception {
    List<String> all = new ArrayList<>(List.of("--webhook-listen", listen));
    all.addAll(List.of(more));
    return options("{\"webhook-secret-file\": \"" + secret + "\"}", all.toArray(String[]::new))
        .hooks()
        .orElseThrow();
  }

  @Test
  void webhooksInPlainHttpAreWarnedOfUnlessTheyAreMeant() throws Exception {
    Path secret = Files.writeString(dir.resolve("secret"), "0123456789abcdef\n");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    assertThat(hooks(secret, "127.0.0.1:0").exposed()).isFalse();
    assertThat(hooks(secret, "0.0.0.0:0").exposed()).isTrue();
    assertThat(hooks(secret, "http://0.0.0.0:0").exposed()).isFalse();
    assertThatThrownBy(() -> hooks(secret, "https://0.0.0.0:0"))
        .hasMessageContaining("needs a certificate");
    assertThatThrownBy(() -> options("{}", "--webhook-tlscert=c.pem", "--webhook-tlskey=k.pem"))
        .hasMessageContaining("is not given");
    assertThatThrownBy(() -> hooks(secret, "127.0.0.1:0", "--webhook-tlscert", "c.pem"))
        .hasMessageContaining("go together");
    assertThatThrownBy(
            () -> hooks(secret, "127.0.0.1:0", "--webhook-tlscert=c.pem", "--webhook-tlskey=k.pem"))
        .hasMessageContaining("c.pem")
        .hasMessageContaining("--webhook-tlscert");
    assumeTrue(TestCertificates.possible(), "openssl is not installed");
    Path own = TestCertificates.make(dir.resolve("certificates")).resolve("server");
    String[] tls = {
      "--webhook-tlscert=" + own.resolve("cert.pem"), "--webhook-tlskey=" + own.resolve("key.pem")
    };
    assertThat(hooks(secret, "0.0.0.0:0", tls).tls()).isPresent();
    assertThat(hooks(secret, "0.0.0.0:0", tls).exposed()).isFalse();
    assertThat(hooks(secret, "http://0.0.0.0:0", tls).tls()).isEmpty();
    // The engine's own, where it has some.
    String[] engine = {
      "--host=tcp://127.0.0.1:0",
      "--tlsverify",
      "--tlscacert=" + own.resolve("ca.pem"),
      "--tlscert=" + own.resolve("cert.pem"),
      "--tlskey=" + own.resolve("key.pem")
    };
    assertThat(hooks(secret, "0.0.0.0:0", engine).tls().orElseThrow().certificate())
        .isEqualTo(own.resolve("cert.pem"));
  }
}
