package graft.cli.ui;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// The page in a real browser, on an engine of a thousand images. Pictures of it end up in
/// `target/page`.
abstract class PageCase {
  static final int IMAGES = 1000;
  static final Path PICTURES = Path.of("target/page");
  static final String ROWS = "document.querySelectorAll('[role=treeitem]')";

  @TempDir static Path dir;
  static PretendedEngine engine;
  static Gateway gateway;
  static Browser browser;
  static final List<String> links = new CopyOnWriteArrayList<>();

  @BeforeAll
  static void start() throws Exception {
    Optional<Path> program = Browser.program();
    assumeTrue(program.isPresent(), "no Chromium is installed");
    links.clear();
    engine = new PretendedEngine(dir.resolve("engine.sock"), IMAGES);
    gateway =
        Gateway.start(
            new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0),
            engine.client(),
            links::add);
    browser = Browser.start(program.orElseThrow(), dir.resolve("profile"));
    browser.open(gateway.link());
    browser.await(ROWS + ".length > 0");
  }

  @AfterAll
  static void stop() throws Exception {
    if (browser != null) {
      browser.close();
      gateway.close();
      engine.close();
    }
  }

  static String address() {
    return gateway.link().substring(0, gateway.link().indexOf('#'));
  }

  @BeforeEach
  void begin() throws Exception {
    browser.open(address() + "#/");
    browser.await("document.getElementById('content').dataset.shown === '#/'");
  }

  /// Whatever a test did: no script of a stranger's ran, and nothing was asked of anybody else.
  @AfterEach
  void nothingGotInOrOut() throws Exception {
    assertThat(browser.eval("String(window.hacked)").text()).isEqualTo("undefined");
    assertThat(
            browser.eval("document.querySelectorAll('.panes script, .panes img').length").number())
        .isZero();
    assertThat(browser.complaints()).isEmpty();
    assertThat(browser.requests())
        .filteredOn(url -> !url.equals("about:blank"))
        .allMatch(url -> url.startsWith(address()))
        // The token was in the address, and has stayed in the browser.
        .noneMatch(url -> url.contains("token="));
  }

  static void go(String hash, String until) throws Exception {
    browser.eval("location.hash = '" + hash + "'");
    browser.await("document.getElementById('content').dataset.shown === '" + hash + "'");
    browser.await(until);
  }
}
