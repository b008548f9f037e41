package graft.docker.route;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import graft.docker.Api;
import graft.docker.http.Access;
import graft.docker.http.HttpServer;
import graft.engine.Engine;
import graft.engine.EngineConfig;
import graft.images.Growth;
import graft.layer.TarEntry;
import graft.layer.TarEntry.Name;
import graft.layer.TarWriter;
import graft.oci.Digest;
import graft.oci.Json;
import graft.oci.Platform;
import graft.oci.Reference;
import graft.rollout.Follow;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The shapes of what is asked about the tree and its findings.
@Tag("root")
class LineageRoutesTest {
  private static final String OSV =
      """
      {"id":"CVE-2025-0001","aliases":["GHSA-1"],"severity":[{"type":"CVSS_V3","score":\
      "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],"affected":[{"package":{"ecosystem":\
      "Debian:12","name":"a"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},\
      {"fixed":"2"}]}]}]}
      """;

  private static final String VEX =
      """
      {"@context":"https://openvex.dev/ns/v0.2.0","@id":"v","timestamp":"2026-01-01T00:00:00Z",
      "statements":[{"vulnerability":{"name":"CVE-2025-0001"},"products":[{"@id":"x/base:1"}],
      "status":"not_affected","justification":"component_not_present"}]}
      """;

  private static final String IMAGE = "images/x/base:1/";

  @TempDir Path dir;

  @Test
  void shapes() throws Exception {
    try (Engine engine = Engine.open(EngineConfig.at(dir.resolve("data"), dir.resolve("run")));
        HttpServer server =
            HttpServer.start(dir.resolve("s"), new Access.Owner(), Api.routes(engine), _ -> {})) {
      assertThat(server).isNotNull();
      assertThat(json(ask("GET", "tree?cve=1", "")))
          .isEqualTo(Json.MAPPER.readTree("{\"database\":null,\"nodes\":[]}"));
      engine
          .images()
          .importTar(
              new Growth.Import(
                  Optional.of(Reference.parse("x/base:1")), "by hand", List.of(), Platform.host()),
              new ByteArrayInputStream(tar()));
      assertThat(engine.advisories().importFrom("osv", false, "osv", stream(OSV)).records())
          .isEqualTo(1);

      JsonNode node = json(ask("GET", "tree?cve=1", "")).path("nodes").path(0);
      assertThat(node.path("findings").path("here").toString())
          .isEqualTo("{\"critical\":1,\"high\":0,\"medium\":0,\"low\":0,\"unknown\":0}");
      assertThat(node.path("names").toString()).isEqualTo("[\"x/base:1\"]");
      assertThat(node.path("containers").toString()).isEqualTo("{\"running\":0,\"all\":0}");
      assertThat(node.path("indexed").asBoolean()).isTrue();
      assertThat(node.path("follow").isNull()).isTrue();
      engine.rollouts().follows().follow("x/base:1", Follow.Policy.CAREFUL, Optional.empty());
      assertThat(json(ask("GET", "tree", "")).path("nodes").path(0).path("follow").toString())
          .isEqualTo("{\"name\":\"x/base:1\",\"state\":\"following\"}");
      JsonNode followed = json(ask("GET", "follow", "")).path(0);
      assertThat(followed.path("registry").toString())
          .isEqualTo(
              "{\"every\":null,\"asked\":null,\"next\":null,\"digest\":null,\"failures\":0,"
                  + "\"trouble\":\"\"}");
      assertThat(
              ask(
                  "POST",
                  "webhook",
                  "{\"events\":[{\"action\":\"push\",\"target\":{\"repository\":\"x/other\","
                      + "\"tag\":\"1\"}}]}"))
          .contains("202 Accepted")
          .endsWith("{\"asked\":[]}\n");
      assertThat(ask("POST", "webhook", "[]")).contains("400 Bad Request");
      assertThat(ask("POST", "follow/x/nosuch:1/ask", "")).contains("404 Not Found");
      assertThat(json(ask("GET", "tree?root=x/base:1", "")).path("nodes").path(0).path("findings"))
          .as("not asked for")
          .isEqualTo(NullNode.getInstance());

      JsonNode findings = json(ask("GET", IMAGE + "findings", ""));
      JsonNode finding = findings.path("findings").path(0);
      assertThat(finding.path("id").asText()).isEqualTo("CVE-2025-0001");
      assertThat(finding.path("score").asDouble()).isEqualTo(9.8);
      assertThat(finding.path("fixed").asText()).isEqualTo("2");
      assertThat(finding.path("inherited").asBoolean(true)).isFalse();
      assertThat(finding.path("suppressed").isNull()).isTrue();
      assertThat(finding.path("origin").path("createdBy").asText()).isEqualTo("by hand");
      assertThat(finding.path("origin").path("step").isNull()).isTrue();
      assertThat(finding.path("packages").path(0).path("carrier").path("layer").asInt(-1)).isZero();
      assertThat(json(ask("GET", IMAGE + "findings?ignore=ghsa-1", "")).path("ignored").asInt())
          .isEqualTo(1);
      assertThat(json(ask("GET", IMAGE + "findings?severity=low", "")).path("findings")).isEmpty();
      assertThat(
              json(ask("POST", IMAGE + "findings", VEX))
                  .path("findings")
                  .path(0)
                  .path("suppressed")
                  .path("status")
                  .asText())
          .isEqualTo("not_affected");
      for (String format : List.of("trivy", "sarif", "cyclonedx", "spdx")) {
        assertThat(ask("GET", IMAGE + "findings?format=" + format, ""))
            .contains("200 OK")
            .contains("CVE-2025-0001");
      }
      JsonNode packages = json(ask("GET", IMAGE + "packages", ""));
      assertThat(packages.path("distribution").asText()).isEqualTo("debian 12");
      assertThat(packages.path("packages").path(0).path("introduced").path("layer").asInt(-1))
          .isZero();
      assertThat(
              json(ask("GET", "vulns/GHSA-1", "")).path("nodes").path(0).path("origin").asBoolean())
          .isTrue();
      assertThat(json(ask("GET", IMAGE + "ancestry", "")).path("nodes")).isEmpty();
      assertThat(json(ask("GET", IMAGE + "dependents", "")).path("nodes")).isEmpty();
      assertThat(json(ask("GET", "outdated", "")).path("images").path(0).path("state").asText())
          .isEqualTo("unknown");

      // A plan of another build, or what is left of one.
      assertThat(json(ask("GET", "plans", ""))).isEmpty();
      Digest lost = Digest.of(new byte[] {1});
      Files.writeString(dir.resolve("data/rollout/plans/" + lost.hex()), "{}");
      JsonNode unreadable = json(ask("GET", "plans", "")).path(0);
      assertThat(unreadable.path("digest").asText()).isEqualTo(lost.toString());
      assertThat(unreadable.path("state").asText()).isEqualTo("unreadable");
      assertThat(unreadable.path("what").asText()).contains("cannot be read");
      assertThat(ask("GET", "plans/" + lost, "")).contains("400 Bad Request");
      assertThat(ask("DELETE", "plans/" + lost, "")).contains("204 No Content");

      // What cannot be answered.
      assertThat(ask("GET", "vulns/CVE-1", "")).contains("404 Not Found");
      assertThat(ask("GET", "images/nosuch/findings", "")).contains("404 Not Found");
      assertThat(ask("GET", "tree?root=nosuch", "")).contains("404 Not Found");
      assertThat(ask("GET", IMAGE + "findings?format=x", "")).contains("400 Bad Request");
      assertThat(ask("GET", IMAGE + "findings?severity=x", "")).contains("400 Bad Request");
      assertThat(ask("POST", IMAGE + "findings", OSV)).contains("400 Bad Request");
    }
  }

  private static ByteArrayInputStream stream(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] tar() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarWriter tar = new TarWriter(bytes)) {
      file(tar, "etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n");
      file(
          tar,
          "var/lib/dpkg/status",
          "Package: a\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1\n\n");
    }
    return bytes.toByteArray();
  }

  private static void file(TarWriter tar, String path, String text) throws IOException {
    tar.write(
        new TarEntry(
            Name.of(path),
            TarEntry.Type.FILE,
            0644,
            0,
            0,
            text.length(),
            Instant.EPOCH,
            Name.of(""),
            0,
            0,
            Map.of()),
        stream(text));
  }

  private static JsonNode json(String answer) throws IOException {
    assertThat(answer).contains("200 OK");
    return Json.MAPPER.readTree(answer.substring(answer.indexOf("\r\n\r\n") + 4));
  }

  private String ask(String method, String path, String body) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(dir.resolve("s")));
      String request =
          method
              + " /graft/v1/lineage/"
              + path
              + " HTTP/1.1\r\nHost: d\r\nConnection: close\r\nContent-Length: "
              + body.length()
              + "\r\n\r\n"
              + body;
      channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.UTF_8)));
      ByteArrayOutputStream answer = new ByteArrayOutputStream();
      Channels.newInputStream(channel).transferTo(answer);
      return answer.toString(StandardCharsets.UTF_8);
    }
  }
}
