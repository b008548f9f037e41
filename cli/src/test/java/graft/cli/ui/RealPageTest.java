package graft.cli.ui;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import graft.cli.http.UnixEndpoint;
import graft.docker.Api;
import graft.docker.http.Access;
import graft.docker.http.HttpServer;
import graft.engine.Engine;
import graft.engine.EngineConfig;
import graft.images.Growth;
import graft.layer.TarEntry;
import graft.layer.TarEntry.Name;
import graft.layer.TarWriter;
import graft.oci.ImageConfig.History;
import graft.oci.Platform;
import graft.oci.Reference;
import graft.rollout.Follow;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The page in a real browser, on a real engine with real layers: what is wrong, what if, the
/// roll-out and the way back.
@Tag("root")
class RealPageTest {
  private static final String OSV =
      """
      {"id":"CVE-2026-0001","summary":"a is wrong","affected":[{"package":{"ecosystem":"Debian:12",\
      "name":"a"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"2"}]}]}]}
      """;

  @TempDir private Path dir;
  private Engine engine;
  private HttpServer server;
  private Gateway gateway;
  private Browser browser;

  @BeforeEach
  void start() throws Exception {
    Optional<Path> program = Browser.program();
    assumeTrue(program.isPresent(), "no Chromium is installed");
    engine = Engine.open(EngineConfig.at(dir.resolve("data"), dir.resolve("run")));
    Path socket = dir.resolve("s");
    server = HttpServer.start(socket, new Access.Owner(), Api.routes(engine), _ -> {});
    for (String version : List.of("1", "2")) {
      engine
          .images()
          .importTar(
              new Growth.Import(
                  Optional.of(Reference.parse("corp/base:" + version)),
                  "by hand",
                  List.of(),
                  Platform.host()),
              new ByteArrayInputStream(
                  tar(
                      Map.of(
                          "etc/os-release",
                          "ID=debian\nVERSION_ID=\"12\"\n",
                          "var/lib/dpkg/status",
                          "Package: a\nStatus: install ok installed\nArchitecture: amd64\n"
                              + "Version: "
                              + version
                              + "\n\n"))));
    }
    commit("corp/tools:1", "corp/base:1", "srv/tools");
    commit("shop/pay:1", "corp/tools:1", "srv/pay");
    var _ =
        engine
            .advisories()
            .importFrom(
                "osv",
                false,
                "osv",
                new ByteArrayInputStream(OSV.getBytes(StandardCharsets.UTF_8)));
    gateway =
        Gateway.start(
            new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0),
            new graft.cli.http.Engine(
                new UnixEndpoint(socket),
                e -> {
                  throw e;
                }),
            _ -> {});
    browser = Browser.start(program.orElseThrow(), dir.resolve("profile"));
  }

  @AfterEach
  void stop() throws Exception {
    if (browser != null) {
      browser.close();
      gateway.close();
    }
    if (server != null) {
      server.close();
      engine.close();
    }
  }

  private void commit(String name, String on, String file) throws Exception {
    engine
        .images()
        .commit(
            new Growth.Commit(
                engine.images().find(on),
                on,
                Optional.of(Reference.parse(name)),
                new History(Optional.of(Instant.now()), "sh", "", "", false),
                settings -> settings,
                out -> write(out, Map.of(file, "x")),
                Growth.Recorded.NOTHING));
  }

  private static byte[] tar(Map<String, String> files) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    write(bytes, files);
    return bytes.toByteArray();
  }

  private static void write(OutputStream out, Map<String, String> files) throws IOException {
    try (TarWriter tar = new TarWriter(out)) {
      for (Map.Entry<String, String> f : new TreeMap<>(files).entrySet()) {
        byte[] bytes = f.getValue().getBytes(StandardCharsets.UTF_8);
        tar.write(
            new TarEntry(
                Name.of(f.getKey()),
                TarEntry.Type.FILE,
                0644,
                0,
                0,
                bytes.length,
                Instant.EPOCH,
                Name.EMPTY,
                0,
                0,
                Map.of()),
            new ByteArrayInputStream(bytes));
      }
    }
  }

  private String id(String name) {
    return engine.images().find(name).id().toString();
  }

  private void go(String hash, String until) throws Exception {
    browser.eval("location.hash = '" + hash + "'");
    browser.await("document.getElementById('content').dataset.shown === '" + hash + "'");
    browser.await(until);
  }

  private String text() throws Exception {
    return browser.eval("document.getElementById('content').innerText").text();
  }

  private void click(String selector) throws Exception {
    browser.await("document.querySelector(\"" + selector + "\")");
    browser.eval("document.querySelector(\"" + selector + "\").click()");
  }

  private void says(String what) throws Exception {
    browser.await("document.getElementById('content').innerText.includes('" + what + "')");
  }

  @Test
  void fromAFindingToItsFixAndBack() throws Exception {
    // No layer was read yet: the tree is there, and findings follow by themselves.
    browser.open(gateway.link());
    browser.await("document.querySelectorAll('[role=treeitem]').length > 0");
    says("Where to fix first");
    assertThat(text()).contains("corp/base:1").contains("2 images");

    String pay = id("shop/pay:1");
    go("#/image/" + pay + "/findings", "document.querySelector('.group')");
    assertThat(text()).contains("Inherited from corp/base:1", "CVE-2026-0001", "→ 2");
    go("#/cve/CVE-2026-0001", "document.querySelector('tbody')");
    assertThat(text()).contains("3 images affected; it came in at corp/base:1");

    // Whatever takes this name is followed, but not what nobody vouches for.
    go("#/image/" + id("corp/base:1"), "document.querySelector('.follow button')");
    click(".follow button");
    browser.await("document.querySelector('.follow .form')");
    browser.eval("document.getElementById('follow-test').value = 'true'");
    click(".follow .form .primary");
    says("following");
    Follow followed = engine.rollouts().follows().list().getFirst();
    assertThat(followed.name()).isEqualTo("corp/base:1");
    assertThat(followed.policy())
        .isEqualTo(
            new Follow.Policy(
                Follow.Policy.CAREFUL.verdicts(),
                Follow.Policy.CAREFUL.trust(),
                false,
                false,
                Optional.of(List.of("sh", "-c", "true"))));
    // And followed no more.
    click(".follow button:last-of-type");
    click("dialog .primary");
    browser.await("document.querySelectorAll('.follow button').length === 1");
    assertThat(engine.rollouts().follows().list()).isEmpty();

    // What if, and then it is done.
    go("#/rebase?image=" + id("corp/base:1"), "document.getElementById('onto')");
    browser.eval("document.getElementById('onto').focus()");
    browser.type("corp/base:2");
    browser.press("Enter");
    browser.await("document.querySelectorAll('.node').length === 2");
    assertThat(text()).contains("Level 2", "closes 1");
    assertThat(id("shop/pay:1")).isEqualTo(pay);
    click(".rollout .primary");
    click("dialog .primary");
    says("Generation 1: ");
    String after = id("shop/pay:1");
    assertThat(after).isNotEqualTo(pay);
    go("#/image/" + after + "/findings", "document.querySelector('.group')");
    assertThat(text()).contains("Nothing.").doesNotContain("CVE-2026-0001");

    go("#/history", "document.querySelector('tbody button')");
    click("tbody button");
    click("dialog .primary");
    says("Generation 1 was rolled back");
    assertThat(id("shop/pay:1")).isEqualTo(pay);
    go("#/image/" + pay + "/findings", "document.querySelector('.group')");
    assertThat(text()).contains("Inherited from corp/base:1", "CVE-2026-0001");
    assertThat(browser.complaints()).isEmpty();
    assertThat(engine.rollouts().follows().list()).isEmpty();
  }
}
