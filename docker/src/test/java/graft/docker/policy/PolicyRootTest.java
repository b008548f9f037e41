package graft.docker.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import graft.docker.Api;
import graft.docker.http.Access;
import graft.docker.http.HttpServer;
import graft.engine.BusyboxTar;
import graft.engine.Engine;
import graft.engine.EngineConfig;
import graft.images.Growth;
import graft.oci.Json;
import graft.oci.Platform;
import graft.oci.Reference;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.URLEncoder;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Sockets with policies before a real engine. `root` is the one without any.
@Tag("root")
class PolicyRootTest {
  private static final String SLEEP = "\"Image\":\"x:1\",\"Cmd\":[\"sleep\",\"60\"]";

  @TempDir Path dir;
  private Engine engine;
  private HttpServer root;
  private @Nullable HttpServer guarded;

  @BeforeEach
  void open() throws Exception {
    assumeTrue(BusyboxTar.available(), "busybox-static is not installed");
    engine = Engine.open(EngineConfig.at(dir.resolve("data"), dir.resolve("run")));
    engine
        .images()
        .importTar(
            new Growth.Import(Optional.of(Reference.parse("x:1")), "", List.of(), Platform.host()),
            new ByteArrayInputStream(BusyboxTar.make()));
    root = HttpServer.start(dir.resolve("root"), new Access.Owner(), Api.routes(engine), _ -> {});
  }

  private void policy(String text) throws IOException {
    guarded =
        HttpServer.start(
            dir.resolve("guarded"),
            new Access.Owner(),
            Api.routes(engine),
            Policy.guard(Policy.parse(text), engine),
            _ -> {});
  }

  @AfterEach
  void close() throws Exception {
    if (engine != null) {
      for (var c : engine.containers().list()) {
        engine.containers().remove(c.id(), c.name(), true, true);
      }
      if (guarded != null) {
        guarded.close();
      }
      root.close();
      engine.close();
    }
  }

  private record Reply(int status, String body) {
    JsonNode json() throws IOException {
      return Json.MAPPER.readTree(body);
    }
  }

  private Reply ask(String socket, String method, String path, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    String head =
        method
            + " "
            + path
            + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
            + "Content-Length: "
            + bytes.length
            + "\r\n\r\n";
    ByteArrayOutputStream answer = new ByteArrayOutputStream();
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(dir.resolve(socket)));
      channel.write(ByteBuffer.wrap((head + body).getBytes(StandardCharsets.UTF_8)));
      ByteBuffer buffer = ByteBuffer.allocate(8192);
      while (channel.read(buffer) >= 0) {
        answer.write(buffer.array(), 0, buffer.position());
        buffer.clear();
      }
    }
    String text = answer.toString(StandardCharsets.UTF_8);
    int split = text.indexOf("\r\n\r\n");
    return new Reply(Integer.parseInt(text.split(" ")[1]), text.substring(split + 4));
  }

  private Reply root(String method, String path, String body) throws IOException {
    return ask("root", method, path, body);
  }

  private void expect(int status, String method, String path, String body) throws IOException {
    Reply reply = ask("guarded", method, path, body);
    assertThat(reply.status()).as(method + " " + path + ": " + reply.body()).isEqualTo(status);
    if (status == 403) {
      assertThat(reply.body()).contains("the policy ").contains(" of this socket forbids ");
    }
  }

  @Test
  void buildsGetNoMoreThanContainersDo() throws IOException {
    policy("no-privileged");
    for (String path :
        List.of(
            "/build?networkmode=host",
            "/v1.51/build?networkmode=container:x",
            "/build?cgroupparent=/x",
            "/grpc",
            "/session",
            "/graft/v1/build")) {
      expect(403, "POST", path, "");
    }
  }

  private void make(String name, String more) throws IOException {
    Reply made = root("POST", "/containers/create?name=" + name, "{" + SLEEP + more + "}");
    assertThat(made.status()).as(made.body()).isEqualTo(201);
  }

  @Test
  void readOnlyChangesNothing() throws Exception {
    make("there", "");
    policy("read-only");
    expect(200, "GET", "/containers/json?all=1", "");
    expect(200, "GET", "/v1.44/containers/there/json", "");
    expect(200, "HEAD", "/_ping", "");
    expect(200, "GET", "/info", "");
    expect(200, "POST", "/containers/there/wait", "");
    expect(403, "POST", "/containers/create?name=new", "{" + SLEEP + "}");
    expect(403, "POST", "/v1.51/containers/there/start", "");
    expect(403, "POST", "//containers/there/start", "");
    expect(403, "GET", "/containers/there/attach/ws", "");
    expect(403, "DELETE", "/images/x:1", "");
    expect(403, "PUT", "/containers/there/archive?path=/", "");
    expect(403, "POST", "/networks/prune", "");
    expect(404, "POST", "/no/such/path", "");
  }

  @Test
  void noPrivilegedLetsNobodyOut() throws Exception {
    make("plain", "");
    make("mighty", ",\"HostConfig\":{\"Privileged\":true}");
    make("bound", ",\"HostConfig\":{\"Binds\":[\"/etc:/host:ro\"]}");
    root("POST", "/volumes/create", "{\"Name\":\"good\"}");
    policy("no-privileged");
    for (String host :
        List.of(
            "\"Privileged\":true",
            "\"Binds\":[\"/:/host\"]",
            "\"PidMode\":\"container:mighty\"",
            "\"VolumesFrom\":[\"bound:ro\"]",
            "\"NetworkMode\":\"" + engine.networks().find("host").id() + "\"")) {
      String body = "{" + SLEEP + ",\"HostConfig\":{" + host + "}}";
      expect(403, "POST", "/containers/create?name=bad", body);
    }
    expect(
        403,
        "POST",
        "/volumes/create",
        "{\"Name\":\"v\",\"DriverOpts\":{\"type\":\"none\",\"o\":\"bind\",\"device\":\"/\"}}");
    expect(403, "POST", "/networks/create", "{\"Name\":\"n\",\"Driver\":\"macvlan\"}");
    String fine =
        "{" + SLEEP + ",\"HostConfig\":{\"Binds\":[\"good:/v\"],\"VolumesFrom\":[\"plain\"]}}";
    expect(201, "POST", "/containers/create?name=fine", fine);
    expect(204, "POST", "/containers/fine/start", "");
    expect(204, "POST", "/containers/plain/start", "");
    for (String name : List.of("mighty", "bound")) {
      expect(403, "POST", "/containers/" + name + "/start", "");
      root("POST", "/containers/" + name + "/start", "");
      expect(403, "POST", "/containers/" + name + "/exec", "{\"Cmd\":[\"id\"]}");
      expect(403, "GET", "/containers/" + name + "/archive?path=/host", "");
      expect(200, "GET", "/containers/" + name + "/json", "");
      Reply exec = root("POST", "/containers/" + name + "/exec", "{\"Cmd\":[\"id\"]}");
      String id = exec.json().path("Id").asText();
      expect(403, "POST", "/exec/" + id + "/start", "{\"Detach\":true}");
    }
    expect(403, "POST", "/containers/plain/exec", "{\"Cmd\":[\"id\"],\"Privileged\":true}");
    expect(201, "POST", "/containers/plain/exec", "{\"Cmd\":[\"id\"]}");
    expect(204, "POST", "/containers/mighty/kill", "");
  }

  @Test
  void ownLabelsSeesItsOwn() throws Exception {
    make("theirs", "");
    root("POST", "/volumes/create", "{\"Name\":\"their-volume\"}");
    root("POST", "/networks/create", "{\"Name\":\"their-net\"}");
    policy("own-labels:ci");
    expect(201, "POST", "/networks/create", "{\"Name\":\"my-net\"}");
    expect(201, "POST", "/volumes/create", "{\"Name\":\"my-volume\",\"labels\":{\"a\":\"b\"}}");
    String host = ",\"HostConfig\":{\"Binds\":[\"my-volume:/v\"],\"NetworkMode\":\"my-net\"}";
    expect(201, "POST", "/containers/create?name=mine", "{" + SLEEP + host + "}");
    assertThat(ask("guarded", "GET", "/containers/json?all=1", "").json()).hasSize(1);
    JsonNode mine = root("GET", "/containers/mine/json", "").json();
    assertThat(mine.path("Config").path("Labels").toString()).isEqualTo("{\"graft.owner\":\"ci\"}");
    assertThat(root("GET", "/volumes/my-volume", "").json().path("Labels").toString())
        .isEqualTo("{\"a\":\"b\",\"graft.owner\":\"ci\"}");
    for (String path : List.of("/networks", "/volumes", "/networks/")) {
      String all = ask("guarded", "GET", path, "").body();
      assertThat(all).as(path).contains("my-").doesNotContain("their");
    }
    String filter = URLEncoder.encode("{\"label\":[\"a=b\"]}", StandardCharsets.UTF_8);
    assertThat(ask("guarded", "GET", "/volumes?filters=" + filter, "").body())
        .contains("my-volume");
    expect(204, "POST", "/containers/mine/start", "");
    expect(404, "POST", "/containers/theirs/start", "");
    expect(404, "GET", "/containers/theirs/json", "");
    expect(404, "DELETE", "/containers/theirs?force=1", "");
    expect(404, "DELETE", "/volumes/their-volume", "");
    expect(404, "DELETE", "/networks/their-net", "");
    expect(404, "POST", "/networks/their-net/connect", "{\"Container\":\"mine\"}");
    expect(404, "POST", "/networks/my-net/connect", "{\"Container\":\"theirs\"}");
    for (String bad :
        List.of(
            "\"VolumesFrom\":[\"theirs\"]",
            "\"NetworkMode\":\"container:theirs\"",
            "\"NetworkMode\":\"their-net\"",
            "\"Binds\":[\"their-volume:/v\"]")) {
      String body = "{" + SLEEP + ",\"HostConfig\":{" + bad + "}}";
      expect(404, "POST", "/containers/create?name=bad", body);
    }
    expect(404, "POST", "/commit?container=theirs", "");
    expect(403, "DELETE", "/images/x:1", "");
    expect(403, "GET", "/system/df", "");
    expect(403, "GET", "/graft/v1/trash", "");
    expect(200, "GET", "/graft/v1/tree", "");
    expect(200, "POST", "/containers/prune", "");
    assertThat(root("GET", "/containers/theirs/json", "").status()).isEqualTo(200);
    expect(204, "DELETE", "/containers/mine?force=1", "");
    expect(204, "DELETE", "/networks/my-net", "");
  }
}
