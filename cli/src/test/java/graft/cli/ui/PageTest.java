package graft.cli.ui;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/// What is to be seen on the page, and what is done there, by mouse and by keyboard.
class PageTest extends PageCase {
  private static String heading() throws Exception {
    return browser.eval("document.querySelector('h1').textContent").text();
  }

  private static String focused() throws Exception {
    return browser.eval("document.activeElement.getAttribute('aria-label') ?? ''").text();
  }

  private static String text() throws Exception {
    return browser.eval("document.getElementById('content').innerText").text();
  }

  private static void click(String selector) throws Exception {
    browser.await("document.querySelector(\"" + selector + "\")");
    browser.eval("document.querySelector(\"" + selector + "\").click()");
  }

  @Test
  void theLinkIsUsedUpAndTheKeyStays() throws Exception {
    assertThat(browser.eval("location.href").text()).isEqualTo(address() + "#/");
    assertThat(links).hasSize(1);
    browser.open(gateway.link());
    browser.await(ROWS + ".length > 0");
  }

  @Test
  void withoutAKeyThePageSaysWhatToDo() throws Exception {
    String key = browser.eval("localStorage.getItem('graft.key')").text();
    browser.eval("localStorage.clear()");
    try {
      browser.open(address());
      browser.await("document.body.classList.contains('closed')");
      assertThat(text()).contains("use the link that graft ui printed last");
      browser.open(gateway.link());
      browser.await("document.body.classList.contains('closed')");
      assertThat(text()).contains("this link was used");
    } finally {
      browser.eval("localStorage.setItem('graft.key', '" + key + "')");
    }
  }

  @Test
  void theKeyboardIsEnough() throws Exception {
    browser.eval("document.getElementById('search').focus()");
    browser.press("Tab", "Tab", "Tab");
    assertThat(focused()).startsWith("debian:12; findings here: 2 high, 1 medium; 0 inherited");
    browser.press("ArrowDown");
    assertThat(focused()).startsWith("corp/base:1;");
    browser.press("ArrowLeft", "ArrowRight", "ArrowRight");
    assertThat(focused()).startsWith("corp/java:21;");
    browser.press("ArrowLeft");
    browser.press("ArrowLeft");
    assertThat(focused()).startsWith("corp/base:1;");
    browser.press("Home", "c");
    assertThat(focused()).startsWith("corp/base:1;");
    browser.press("Enter");
    browser.await("document.querySelector('[role=tabpanel] h2')");
    assertThat(heading()).isEqualTo("corp/base:1");
    assertThat(browser.eval("document.activeElement.tagName").text()).isEqualTo("H1");
    // Back to the tree, where it was.
    browser.press("Escape");
    assertThat(focused()).startsWith("corp/base:1;");
    browser.press("End");
    assertThat(browser.eval("document.activeElement === [..." + ROWS + "].at(-1)").truth())
        .isTrue();
    // The tabs of an image, by arrows.
    browser.eval("document.querySelector('[role=tab][aria-selected=true]').focus()");
    browser.press("ArrowRight");
    browser.await("document.activeElement.id === 'tab-packages'");
    browser.press("ArrowRight");
    browser.await("document.activeElement.id === 'tab-findings'");
    browser.await("document.body.innerText.includes('Introduced here')");
  }

  @Test
  void searchShowsWhatMatchesAndWhatIsAboveIt() throws Exception {
    browser.press("/");
    browser.type("service-777:");
    browser.await(ROWS + ".length < 10");
    List<String> shown =
        browser.eval("[..." + ROWS + "].map(r => r.querySelector('.name').textContent)").texts();
    assertThat(shown).contains("debian:12", "shop/service-777:1").hasSize(6);
    assertThat(browser.eval("document.getElementById('status').textContent").text())
        .isEqualTo("1 image found");
    browser.press("ArrowDown");
    assertThat(focused()).startsWith("debian:12");
  }

  @Test
  void aScreenReaderHearsTheTree() throws Exception {
    List<Browser.Spoken> spoken = browser.spoken();
    List<Browser.Spoken> items = spoken.stream().filter(s -> s.role().equals("treeitem")).toList();
    assertThat(items).hasSizeGreaterThan(5);
    assertThat(items).allMatch(i -> i.properties().containsKey("level"));
    assertThat(items.getFirst().properties())
        .containsEntry("level", "1")
        .containsEntry("expanded", "true");
    assertThat(items.getFirst().name()).contains("findings here", "own", "shared");
    // A name does not turn round what follows it.
    assertThat(spoken).noneMatch(s -> s.name().contains("\u202e"));
    assertThat(spoken)
        .filteredOn(
            s -> List.of("button", "link", "searchbox", "tab", "combobox").contains(s.role()))
        .allMatch(s -> !s.name().isBlank());
    assertThat(spoken).anyMatch(s -> s.role().equals("main"));
    assertThat(spoken).anyMatch(s -> s.role().equals("navigation"));
    assertThat(spoken).anyMatch(s -> s.role().equals("tree") && !s.name().isBlank());
  }

  @Test
  void anImageTellsItsLayersPackagesAndFindings() throws Exception {
    String image = "#/image/" + PretendedEngine.id(1);
    go(image, "document.querySelector('.delta')");
    browser.await("document.querySelector('.follow')");
    assertThat(text()).contains("reported", "asked every 90 minutes", "unreachable: ");
    assertThat(text())
        .contains("1 own layer", "1 package added", "1 package changed", "2 layers of debian:12")
        .contains(PretendedEngine.HOSTILE);
    go(image + "/packages", "document.querySelectorAll('tbody tr').length === 100");
    assertThat(text()).contains("251 packages", "debian 12", "1 path could not be read");
    click(".more");
    assertThat(browser.eval("document.querySelectorAll('tbody tr').length").number())
        .isEqualTo(251);
    go(image + "/findings", "document.querySelector('.group')");
    assertThat(
            browser
                .eval("[...document.querySelectorAll('.group h2')].map(h => h.textContent)")
                .texts())
        .containsExactly("Introduced here", "Inherited from debian:12", "Fixed here");
    assertThat(text()).contains("CVE-2026-3", "layer 1", "Dockerfile:7");
    go("#/cve/CVE-2026-1", "document.querySelector('h1').textContent.startsWith('CVE')");
    assertThat(text()).contains("3 images affected; it came in at debian:12");
    go("#/bases", "document.querySelector('tbody')");
    assertThat(text()).contains("outdated", "debian:12");
  }

  @Test
  void whatIfThenRollOutThenBack() throws Exception {
    go("#/rebase?image=" + PretendedEngine.id(0), "document.getElementById('onto')");
    browser.eval("document.getElementById('onto').focus()");
    browser.type("none:1");
    browser.press("Enter");
    browser.await("document.querySelector('[role=alert]')");
    assertThat(text()).contains("there is no image");
    browser.eval("document.getElementById('onto').value = ''");
    browser.type("debian:12.1");
    browser.press("Enter");
    browser.await("document.querySelectorAll('.node').length === 59");
    assertThat(text()).contains("Closes", "Level 1", "Level 4");
    assertThat(heading()).isEqualTo("debian:12");
    browser.eval("document.querySelector('.node summary').click()");
    browser.await("document.querySelector('.why')");
    assertThat(text()).contains("What would help: a recipe of " + PretendedEngine.HOSTILE);
    click("button.verdict.refuse");
    assertThat(
            browser
                .eval(
                    "[...document.querySelectorAll('.node')].filter(n => n.checkVisibility()).length")
                .number())
        .isEqualTo(12);
    click("button.verdict.refuse");

    engine.asked().clear();
    click(".rollout .primary");
    browser.await("document.querySelector('dialog[open]')");
    browser.press("Escape");
    browser.await("!document.querySelector('dialog')");
    assertThat(engine.asked()).noneMatch(a -> a.startsWith("POST"));

    click(".rollout .primary");
    click("dialog .primary");
    browser.await("document.querySelector('.notice.good')");
    assertThat(text()).contains("Generation 3: 47 images switched, 12 skipped");
    assertThat(browser.eval("document.querySelectorAll('.state.ready').length").number())
        .isEqualTo(47);
    browser.picture(PICTURES.resolve("roll-out.png"));
    // A name has moved: it is said, and asked again.
    click(".notice.good button");
    click("dialog .primary");
    browser.await("document.querySelector('.told .notice.bad')");
    click(".told .notice.bad button");
    click("dialog .primary");
    browser.await("document.body.innerText.includes('Generation 3 was rolled back')");
    assertThat(engine.asked())
        .filteredOn(a -> a.startsWith("POST"))
        .containsExactly(
            "POST /graft/v1/lineage/plans/sha256:" + "a".repeat(64) + "/apply",
            "POST /graft/v1/lineage/generations/3/rollback ",
            "POST /graft/v1/lineage/generations/3/rollback 1");
    go("#/history", "document.querySelector('tbody')");
    assertThat(text()).contains("rolled back");
  }

  @Test
  void whatHappensInTheEngineIsSeen() throws Exception {
    engine.rename(1, "corp/base:renamed");
    engine.happen();
    browser.await("document.getElementById('tree').innerText.includes('corp/base:renamed')");
    engine.rename(1, "corp/base:1");
    engine.happen();
    browser.await("document.getElementById('tree').innerText.includes('corp/base:1')");
  }

  @Test
  void whatNobodyNamesIsShownWhenAskedFor() throws Exception {
    int last = IMAGES - 1;
    engine.rename(last);
    try {
      engine.happen();
      browser.await("!document.getElementById('unnamed').hidden");
      browser.eval("document.getElementById('expand').click()");
      assertThat(browser.eval(ROWS + ".length").number()).isEqualTo(last);
      assertThat(browser.eval("document.getElementById('unnamed').textContent").text())
          .isEqualTo("1 image without a name");
      browser.eval("document.getElementById('unnamed').click()");
      browser.eval("document.getElementById('expand').click()");
      assertThat(browser.eval(ROWS + ".length").number()).isEqualTo(IMAGES);
    } finally {
      engine.rename(last, "shop/service-" + last + ":1");
    }
  }

  /// Reported, never asserted: how long a thousand images take to be seen.
  @Test
  void aThousandImages() throws Exception {
    browser.open(address() + "#/");
    browser.await("performance.getEntriesByName('graft-shown').length");
    long paint = millis("performance.getEntriesByName('first-contentful-paint')[0].startTime");
    long shown = millis("performance.getEntriesByName('graft-shown')[0].startTime");
    browser.eval("document.getElementById('expand').click()");
    assertThat(browser.eval(ROWS + ".length").number()).isEqualTo(IMAGES);
    String redraw =
        "new Promise(done => { const t = performance.now();"
            + "document.getElementById('collapse').click(); document.getElementById('expand').click();"
            + "requestAnimationFrame(() => setTimeout(() => done(Math.round(performance.now() - t)))) })";
    System.out.println(
        IMAGES
            + " images: first paint "
            + paint
            + " ms, tree and overview "
            + shown
            + " ms, collapse and expand all "
            + browser.eval(redraw).number()
            + " ms");
  }

  private static long millis(String expression) throws Exception {
    return browser.eval("Math.round(" + expression + ")").number();
  }
}
