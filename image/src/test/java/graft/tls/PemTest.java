package graft.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import graft.error.GraftException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Keys and certificates as openssl writes them.
class PemTest {
  @TempDir Path dir;

  @BeforeEach
  void openssl() throws Exception {
    assumeTrue(run("command -v openssl") == 0, "openssl is not installed");
  }

  private int run(String script) throws Exception {
    return new ProcessBuilder("bash", "-ec", script)
        .directory(dir.toFile())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }

  private static final String CERTIFICATE =
      " && openssl req -x509 -new -key key.pem -subj /CN=x -days 2 -out cert.pem"
          + " && cp cert.pem ca.pem";

  @ParameterizedTest
  @ValueSource(
      strings = {
        "openssl genrsa -out key.pem 2048",
        "openssl genrsa -traditional -out key.pem 2048",
        "openssl genrsa -traditional -out key.pem 4096",
        "openssl ecparam -name prime256v1 -genkey -out key.pem",
        "openssl ecparam -name secp384r1 -genkey -noout -out key.pem",
        "openssl ecparam -name secp521r1 -genkey -noout -out key.pem",
        "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem",
        "openssl genpkey -algorithm ed25519 -out key.pem",
      })
  void keysAreReadInEveryForm(String make) throws Exception {
    assertThat(run(make + CERTIFICATE)).isZero();
    assertThatCode(() -> Mutual.in(dir).context()).doesNotThrowAnyException();
  }

  /// What is done to the three files, and the refusal.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "rm key.pem | cannot read the private key (--tlskey) $D/key.pem: there is no such file",
        "rm cert.pem | cannot read the certificate (--tlscert) $D/cert.pem: there is no such file",
        "rm ca.pem | cannot read the certificate authority (--tlscacert) $D/ca.pem: there is no"
            + " such file",
        "echo x > cert.pem | cannot read the certificate (--tlscert) $D/cert.pem: it holds no"
            + " certificate in PEM form",
        ": > ca.pem | cannot read the certificate authority (--tlscacert) $D/ca.pem: it holds no"
            + " certificate in PEM form",
        "cp cert.pem key.pem | cannot read the private key (--tlskey) $D/key.pem: it holds no"
            + " private key in PEM form",
        "openssl rsa -aes128 -passout pass:12345 -in key.pem -out k && mv k key.pem | cannot read"
            + " the private key (--tlskey) $D/key.pem: it is encrypted",
        "sed -i 2,9d key.pem | cannot read the private key (--tlskey) $D/key.pem: its key is"
            + " broken",
        "openssl genrsa -out key.pem 2048 | the private key $D/key.pem (--tlskey) does not belong"
            + " to the certificate $D/cert.pem (--tlscert)",
        "openssl ecparam -name prime256v1 -genkey -out key.pem | the private key $D/key.pem"
            + " (--tlskey) does not belong to the certificate $D/cert.pem (--tlscert)",
      })
  void refusalsNameTheFile(String spoil, String refusal) throws Exception {
    assertThat(run("openssl genrsa -out key.pem 2048" + CERTIFICATE)).isZero();
    assertThat(run(spoil)).isZero();
    assertThatThrownBy(() -> Mutual.in(dir).context())
        .isInstanceOf(GraftException.class)
        .hasMessageContaining(refusal.replace("$D", dir.toString()));
  }

  @Test
  void aDirectoryIsNoKey() throws Exception {
    Files.createDirectory(dir.resolve("d"));
    assertThatThrownBy(() -> Pem.privateKey(dir.resolve("d"), "the key"))
        .hasMessageContaining("cannot read the key " + dir.resolve("d"));
  }
}
