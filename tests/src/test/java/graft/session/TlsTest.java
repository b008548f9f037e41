package graft.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import graft.tls.TestCertificates;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// An engine on TCP, for the docker command and our own, and for those who are not let in.
@Tag("root")
class TlsTest {
  private static final String BRIDGE = "gtls0";

  @TempDir static Path dir;
  private static DaemonProcess daemon;
  private static String port;

  private record Answer(int exit, String out, String err) {}

  @BeforeAll
  static void start() throws Exception {
    assumeTrue(TestCertificates.possible(), "openssl is not installed");
    assumeTrue(run("command -v docker && command -v busybox").exit() == 0, "no docker or busybox");
    Path certificates = TestCertificates.make(dir.resolve("certificates"));
    daemon =
        DaemonProcess.start(
            dir,
            BRIDGE,
            "--host",
            "tcp://127.0.0.1:0",
            "--tlsverify",
            "--tlscacert=" + certificates.resolve("server/ca.pem"),
            "--tlscert=" + certificates.resolve("server/cert.pem"),
            "--tlskey=" + certificates.resolve("server/key.pem"));
    port = portIn(daemon);
    Session session = new Session(daemon.host(), Files.createDirectory(dir.resolve("scratch")));
    session.furnish();
    assertThat(run("docker import -c 'CMD [\"sh\"]' $D/scratch/busybox.tar base:1").exit())
        .isZero();
    assertThat(run("docker run -d --name loop base:1 sh -c 'echo up; exec sleep 1000'").exit())
        .isZero();
  }

  private static String portIn(DaemonProcess daemon) throws Exception {
    Pattern line = Pattern.compile("serving the Docker API at .*tcp://127.0.0.1:(\\d+)");
    for (int i = 0; i < 1200; i++) {
      Matcher matcher = line.matcher(daemon.log());
      if (matcher.find()) {
        return matcher.group(1);
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
    throw new IOException(daemon.log());
  }

  @AfterAll
  static void stop() throws Exception {
    if (daemon != null) {
      run("docker rm -f $(docker ps -aq)");
      daemon.close();
      run("ip link del " + BRIDGE);
    }
  }

  /// In a shell in which `docker` and `graft` speak to the engine as the party `client`.
  private static Answer run(String script) throws IOException, InterruptedException {
    String graft = "graft() { " + GraftProgram.CLIENT.script() + " \"$@\"; }\n";
    ProcessBuilder builder = new ProcessBuilder("bash", "-c", graft + script);
    Path out = dir.resolve("out");
    Path err = dir.resolve("err");
    builder.environment().put("D", dir.toString());
    builder.environment().put("C", dir.resolve("certificates").toString());
    builder.environment().put("P", port == null ? "0" : port);
    builder.environment().put("DOCKER_HOST", "tcp://localhost:" + port);
    builder.environment().put("GRAFT_HOST", "tcp://localhost:" + port);
    builder.environment().put("DOCKER_TLS_VERIFY", "1");
    builder.environment().put("DOCKER_CERT_PATH", dir.resolve("certificates/client").toString());
    builder.environment().put("GRAFT_CERT_PATH", dir.resolve("certificates/client").toString());
    builder.environment().put("DOCKER_CONFIG", dir.resolve("config").toString());
    Process process =
        builder
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    if (!process.waitFor(300, TimeUnit.SECONDS)) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      return new Answer(-1, "", "it did not end within five minutes");
    }
    return new Answer(
        process.exitValue(),
        Files.readString(out, StandardCharsets.ISO_8859_1),
        Files.readString(err, StandardCharsets.ISO_8859_1));
  }

  private static void answers(String script, String out) throws Exception {
    Answer answer = run(script);
    assertThat(answer.out().strip().replace("\n", " ")).as(answer.toString()).isEqualTo(out);
    assertThat(answer.exit()).as(answer.toString()).isZero();
  }

  /// A script, and what it prints. `echo x | ... -i` ends only if the half close arrives.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "CLI version --format '{{.Server.APIVersion}}' | 1.51",
        "CLI run --rm base:1 echo hello | hello",
        "echo x ! CLI run --rm -i base:1 cat | x",
        "echo x ! CLI run --rm -i base:1 sh -c 'cat; sleep 1; echo late' | x late",
        "CLI run --rm base:1 sh -c 'echo out; exit 7' ! cat; echo ${PIPESTATUS[0]} | out 7",
        "head -c 30000000 /dev/zero ! CLI run --rm -i base:1 sha256sum ! cut -c1-16 |"
            + " 5cea420a169be50c",
        "CLI run --rm base:1 head -c 30000000 /dev/zero ! sha256sum ! cut -c1-16 |"
            + " 5cea420a169be50c",
        "echo in ! CLI exec -i loop sh -c 'cat; echo after' | in after",
        "CLI exec loop sh -c 'exit 3'; echo $? | 3",
        "CLI logs -f loop >$D/lf & until grep -q up $D/lf; do sleep 0.1; done;"
            + " kill -KILL %1; wait %1; e=$?; cat $D/lf; echo $e | up 137",
        "CLI events --filter event=die --format '{{.Action}}' >$D/ev & until grep -q die $D/ev;"
            + " do CLI run --rm base:1 true; done; kill -KILL %1; head -n 1 $D/ev | die",
        "CLI save base:1 ! tar t ! grep -c manifest.json | 1",
        "CLI save base:1 ! CLI load -q ! wc -l | 1",
        "mkdir -p $D/cp; echo data >$D/cp/f; CLI cp $D/cp/f loop:/f && CLI exec loop cat /f |"
            + " data",
      })
  void theDockerCommand(String script, String out) throws Exception {
    answers(script.replace('!', '|').replace("CLI", "docker"), out);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "graft ps --format '{{.Names}}' | loop",
        "echo x ! graft run --rm -i base:1 cat | x",
        "echo x ! graft run --rm -i base:1 sh -c 'cat; sleep 1; echo late' | x late",
        "head -c 30000000 /dev/zero ! graft run --rm -i base:1 sha256sum ! cut -c1-16 |"
            + " 5cea420a169be50c",
        "graft run --rm base:1 head -c 30000000 /dev/zero ! sha256sum ! cut -c1-16 |"
            + " 5cea420a169be50c",
        "echo in ! graft exec -i loop sh -c 'cat; echo after' | in after",
        "graft exec loop sh -c 'exit 3'; echo $? | 3",
        "graft logs loop | up",
        "graft save base:1 ! graft load ! grep -c base:1 | 1",
        "unset ${!DOCKER*} ${!GRAFT*}; GRAFT_HOST=tcp://127.0.0.1:$P GRAFT_CERT_PATH=$C/client graft logs"
            + " loop | up",
        "unset ${!DOCKER*} ${!GRAFT*}; graft -H tcp://localhost:$P --tlsverify --tlscacert $C/ca.pem"
            + " --tlscert=$C/client/cert.pem --tlskey $C/client/key.pem logs loop | up",
      })
  void ourCommand(String script, String out) throws Exception {
    // The first of them is a variable's ${!DOCKER*}.
    answers(script.replace(" ! ", " | "), out);
  }

  /// Options of both commands; what `graft` says of it.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--tlscert $C/stranger/cert.pem --tlskey $C/stranger/key.pem | cannot use the engine at"
            + " tcp://localhost:$P: it refuses the certificate $C/stranger/cert.pem (--tlscert),"
            + " which has expired or is not of the authority that the engine trusts",
        "--tlscert $C/expired/cert.pem --tlskey $C/expired/key.pem | cannot use the engine at"
            + " tcp://localhost:$P: it refuses the certificate $C/expired/cert.pem (--tlscert)",
        "--tlscacert $C/other.pem | cannot use the engine at tcp://localhost:$P: its certificate"
            + " was not made by the authority $C/other.pem (--tlscacert)",
        "--tlscacert $C/none.pem | cannot read the certificate authority (--tlscacert)"
            + " $C/none.pem: there is no such file",
        "--tlskey $C/none.pem | cannot read the private key (--tlskey) $C/none.pem: there is no"
            + " such file",
        "--tlskey $C/stranger/key.pem | the private key $C/stranger/key.pem (--tlskey) does not"
            + " belong to the certificate $C/client/cert.pem (--tlscert)",
        "-H tcp://127.0.0.2:$P | no engine answers at tcp://127.0.0.2:$P (Connection refused)",
      })
  void refusals(String options, String message) throws Exception {
    Answer docker = run("docker --tlsverify " + options + " version");
    assertThat(docker.exit()).as(docker.toString()).isNotZero();
    Answer graft = run("graft --tlsverify " + options + " ps");
    String wanted =
        message.replace("$C", dir.resolve("certificates").toString()).replace("$P", port);
    assertThat(graft.err()).startsWith("graft: " + wanted);
    assertThat(graft.err().lines()).hasSize(1);
    assertThat(graft.exit()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "curl -s -m 5 http://127.0.0.1:$P/_ping",
        "curl -s -m 5 -k https://127.0.0.1:$P/_ping",
        "docker -H tcp://127.0.0.1:$P --tls=false --tlsverify=false ps",
      })
  void whoShowsNoCertificateGetsNothing(String script) throws Exception {
    Answer answer = run("unset ${!DOCKER*}; " + script);
    assertThat(answer.exit()).isNotZero();
    assertThat(answer.out()).doesNotContain("OK");
  }

  /// A second engine on the same files and sockets, and engines that are told nonsense.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-H tcp://127.0.0.1:0 | cannot listen on tcp://127.0.0.1:0 without client certificates",
        "-H tcp://127.0.0.1:0 --tlsverify --tlscacert $C/server/ca.pem --tlscert"
            + " $C/server/cert.pem --tlskey $C/none | cannot read the private key (--tlskey)"
            + " $C/none: there is no such file",
        "-H tcp://127.0.0.1:$P --tlsverify --tlscacert $C/server/ca.pem --tlscert"
            + " $C/server/cert.pem --tlskey $C/server/key.pem | cannot listen on"
            + " tcp://127.0.0.1:$P: Address already in use",
        "-H unix://$D/graft.sock | cannot listen on unix://$D/graft.sock: another engine is"
            + " listening there",
        "--group no-such-group -H unix://$D/x.sock | cannot listen on unix://$D/x.sock: there is no"
            + " group \"no-such-group\"",
      })
  void enginesThatDoNotStart(String options, String message) throws Exception {
    Answer answer =
        run(
            "graft daemon --data-root $D/d2 --run-root $D/r2 --bridge gtls1 "
                + options
                + "; e=$?; ip link del gtls1 2>/dev/null; exit $e");
    String wanted =
        message
            .replace("$C", dir.resolve("certificates").toString())
            .replace("$D", dir.toString())
            .replace("$P", port);
    assertThat(answer.err()).contains("graft: " + wanted);
    assertThat(answer.exit()).isEqualTo(1);
  }

  /// As an engine does that is told to end, or that waits no longer.
  @Test
  void oneThatHangsUpIsNotTakenForNone() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      Thread.ofVirtual()
          .start(() -> {
            try (Socket client = server.accept()) {
              var _ = client.getInputStream().read();
              client.setSoLinger(true, 0);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
      String host = "tcp://127.0.0.1:" + server.getLocalPort();
      Answer answer = run("graft -H " + host + " ps");
      assertThat(answer.err())
          .isEqualTo(
              "graft: cannot use the engine at "
                  + host
                  + ": the connection ended before both sides knew each other (Connection reset)\n");
      assertThat(answer.exit()).isEqualTo(1);
    }
  }

  @Test
  void itsOwnSocketBehindIsNobodyElses() throws Exception {
    answers("stat -c %a $D/run/api0.sock", "600");
    answers("stat -c %a $D/graft.sock", "660");
  }
}
