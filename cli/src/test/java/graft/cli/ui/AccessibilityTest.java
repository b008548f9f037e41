package graft.cli.ui;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import graft.cli.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// Nothing on any page is in the way of those who see, hear or move otherwise.
class AccessibilityTest extends PageCase {
  /// By axe-core, in both colour schemes; its package stays in target/ from run to run.
  @Test
  void axeFindsNothing() throws Exception {
    String axe = Files.readString(axe());
    for (boolean dark : List.of(false, true)) {
      browser.dark(dark);
      for (String page :
          List.of(
              "#/",
              "#/image/" + PretendedEngine.id(1) + "/layers",
              "#/image/" + PretendedEngine.id(1) + "/packages",
              "#/image/" + PretendedEngine.id(1) + "/findings",
              "#/image/" + PretendedEngine.id(1) + "/dependents",
              "#/rebase?image=" + PretendedEngine.id(0),
              "#/plan/sha256:" + "a".repeat(64),
              "#/cve/CVE-2026-1",
              "#/bases",
              "#/history")) {
        go(page, "document.querySelector('h1')");
        browser.picture(
            PICTURES.resolve(
                (page.replaceAll("sha256:[0-9a-f]+", "") + (dark ? "-dark" : ""))
                        .replaceAll("[^A-Za-z]+", "-")
                    + ".png"));
        browser.eval("void (window.axe || (() => {" + axe + "})())");
        Json found =
            browser.eval(
                "axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map(v =>"
                    + " v.id + ': ' + v.nodes.map(n => n.html.slice(0, 200) + ' ' +"
                    + " n.failureSummary).slice(0, 3).join(' | ')))");
        assertThat(found.texts()).as(page + (dark ? " in the dark" : "")).isEmpty();
      }
    }
    browser.dark(false);
  }

  private static Path axe() throws IOException, InterruptedException {
    Path modules = Files.createDirectories(Path.of("target/axe").toAbsolutePath());
    Path script = modules.resolve("node_modules/axe-core/axe.min.js");
    if (!Files.exists(script)) {
      assumeTrue(Files.isExecutable(Path.of("/usr/bin/npm")), "npm is not installed");
      for (String file : List.of("package.json", "package-lock.json")) {
        try (InputStream in = AccessibilityTest.class.getResourceAsStream("/axe/" + file)) {
          Files.write(modules.resolve(file), in.readAllBytes());
        }
      }
      Process npm =
          new ProcessBuilder("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
              .directory(modules.toFile())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      assumeTrue(
          npm.waitFor(60, TimeUnit.SECONDS) && npm.exitValue() == 0, "npm cannot install axe-core");
    }
    return script;
  }
}
