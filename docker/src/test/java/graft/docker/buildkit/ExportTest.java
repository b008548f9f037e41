package graft.docker.buildkit;

import static org.assertj.core.api.Assertions.assertThat;

import graft.layer.TarEntry;
import graft.layer.TarEntry.Name;
import graft.layer.TarEntry.Type;
import graft.layer.TarWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What a client gives besides files, and where else than in images it has its results.
@Timeout(600)
class ExportTest {
  private static final Instant TIME = Instant.parse("2021-01-01T00:00:00Z");

  @TempDir private Path dir;
  private DockerCommand docker;
  private PretendedBuilds builds;
  private final byte[] large = new byte[3_000_000];

  @BeforeEach
  void start() throws Exception {
    docker = new DockerCommand(dir);
    builds = docker.builds;
    docker.file("c/Dockerfile", "FROM base\nRUN say hello\n");
    new Random(1).nextBytes(large);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarWriter tar = new TarWriter(bytes)) {
      tar.write(entry("z", Type.FILE, 0755, 5, ""), in("zzzzz".getBytes(StandardCharsets.UTF_8)));
      tar.write(entry("etc", Type.DIRECTORY, 0750, 0, ""));
      tar.write(entry("etc/large", Type.FILE, 0600, large.length, ""), in(large));
      tar.write(entry("etc.d", Type.DIRECTORY, 0755, 0, ""));
      tar.write(entry("etc.d/empty", Type.FILE, 0644, 0, ""), in(new byte[0]));
      tar.write(entry("a", Type.HARDLINK, 0755, 0, "z"));
      tar.write(entry("link", Type.SYMLINK, 0777, 0, "etc/large"));
    }
    builds.tar = bytes.toByteArray();
  }

  private static InputStream in(byte[] bytes) {
    return new ByteArrayInputStream(bytes);
  }

  private static TarEntry entry(String path, Type type, int mode, long size, String link) {
    return new TarEntry(Name.of(path), type, mode, 0, 0, size, TIME, Name.of(link), 0, 0, Map.of());
  }

  @AfterEach
  void stop() throws Exception {
    if (docker != null) {
      docker.close();
    }
  }

  @Test
  void intoADirectory() throws Exception {
    assertThat(docker.run("build", "-o", "out1", "c").good().err())
        .contains("exporting to client directory")
        .containsPattern("copying files 3.00MB.* done");
    Path out = dir.resolve("out1");
    assertThat(out.resolve("a")).hasContent("zzzzz");
    assertThat(Files.isSameFile(out.resolve("a"), out.resolve("z"))).isTrue();
    assertThat(Files.readAllBytes(out.resolve("etc/large"))).isEqualTo(large);
    assertThat(out.resolve("etc.d/empty")).isEmptyFile();
    assertThat(Files.readSymbolicLink(out.resolve("link"))).isEqualTo(Path.of("etc/large"));
    assertThat(Files.getLastModifiedTime(out.resolve("z")).toInstant()).isEqualTo(TIME);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(out.resolve("etc"))))
        .isEqualTo("rwxr-x---");
    assertThat(builds.images).isEmpty();
  }

  @Test
  void intoATar() throws Exception {
    docker.run("build", "-o", "type=tar,dest=out.tar", "c").good();
    assertThat(Files.readAllBytes(dir.resolve("out.tar"))).isEqualTo(builds.tar);
    assertThat(docker.run("build", "-o", "-", "c").good().out()).contains("etc/large");
  }

  @Test
  void ofATarThatBreaksOffNothingStays() throws Exception {
    builds.tar = java.util.Arrays.copyOf(builds.tar, 2_000_000);
    assertThat(docker.run("build", "-o", "out1", "c").exit()).isEqualTo(1);
    try (var files = Files.list(dir)) {
      assertThat(files.filter(f -> f.toString().endsWith(".tmp"))).isEmpty();
    }
  }

  @Test
  void theDockerfileOnStandardInput() throws Exception {
    byte[] text = "FROM base\nRUN say piped\n".getBytes(StandardCharsets.UTF_8);
    docker.runWith(text, "build", "-").good();
    docker.runWith(text, "build", "-f", "-", "c").good();
    assertThat(builds.said).containsExactly("piped", "piped");
  }

  @Test
  void aTarOnStandardInput() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    byte[] text = "FROM base\nCOPY . .\nRUN say packed\n".getBytes(StandardCharsets.UTF_8);
    try (OutputStream gzip = new GZIPOutputStream(bytes);
        TarWriter tar = new TarWriter(gzip)) {
      tar.write(entry("Dockerfile", Type.FILE, 0644, text.length, ""), in(text));
      tar.write(entry("d/large", Type.FILE, 0644, large.length, ""), in(large));
    }
    docker.runWith(bytes.toByteArray(), "build", "-").good();
    assertThat(builds.said).containsExactly("packed");
    assertThat(builds.contexts.getFirst().entries().keySet())
        .containsExactly("Dockerfile", "d", "d/large");
  }

  @Test
  void secrets() throws Exception {
    docker.file("s", "from a file");
    docker.file("c/Dockerfile", "RUN secret one\nRUN secret PATH2\nRUN secret none\n");
    docker.run("build", "--secret", "id=one,src=s", "c").good();
    assertThat(builds.said).containsExactly("from a file", "none", "none");
  }

  @Test
  void agents() throws Exception {
    Path socket = dir.resolve("agent.sock");
    try (ServerSocketChannel agent = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      agent.bind(UnixDomainSocketAddress.of(socket));
      Thread.ofVirtual()
          .start(() -> {
            try {
              while (true) {
                answer(agent);
              }
            } catch (java.io.IOException e) {
              // Closed.
            }
          });
      docker.file("c/Dockerfile", "RUN agent default\n");
      docker.run("build", "--ssh", "default=" + socket, "c").good();
      assertThat(builds.said).containsExactly("000000050c00000000");
      assertThat(docker.run("build", "c").exit()).isEqualTo(1);
    }
  }

  private static void answer(ServerSocketChannel agent) throws java.io.IOException {
    try (SocketChannel client = agent.accept()) {
      ByteBuffer bytes = ByteBuffer.allocate(5);
      while (bytes.hasRemaining() && client.read(bytes) >= 0) {
        // until all is there
      }
      if (!bytes.hasRemaining()) {
        client.write(ByteBuffer.wrap(new byte[] {0, 0, 0, 5, 12, 0, 0, 0, 0}));
      }
    }
  }
}
