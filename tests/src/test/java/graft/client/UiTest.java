package graft.client;

import static org.assertj.core.api.Assertions.assertThat;

import graft.cli.json.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `graft ui` as a process of its own, before a real engine. What the page makes of the answers is
/// tested in a browser, on an engine that is pretended (`cli`).
@Tag("root")
class UiTest {
  private static final Pattern LINK =
      Pattern.compile("(http://127\\.0\\.0\\.1:\\d+)/#token=(\\S+)");

  @TempDir private static Path dir;
  private static ClientEngine engine;
  private final HttpClient http = HttpClient.newHttpClient();

  @BeforeAll
  static void start() throws Exception {
    engine = ClientEngine.start(dir);
  }

  @AfterAll
  static void stop() throws IOException {
    if (engine != null) {
      engine.close();
    }
  }

  private static Matcher link(Command.Running ui) throws Exception {
    Await.until("it shows a link", () -> LINK.matcher(ui.output()).find());
    Matcher m = LINK.matcher(ui.output());
    assertThat(m.find()).isTrue();
    return m;
  }

  private HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void thePageAndWhatItAsks() throws Exception {
    try (Command.Running ui = engine.graft(dir).with("ui").heeding().start()) {
      Matcher link = link(ui);
      String base = link.group(1);
      HttpResponse<String> page = send(HttpRequest.newBuilder(URI.create(base + "/")));
      assertThat(page.statusCode()).isEqualTo(200);
      for (Matcher m = Pattern.compile("(?:src|href)=\"(/[^\"]+)\"").matcher(page.body());
          m.find(); ) {
        HttpResponse<String> file = send(HttpRequest.newBuilder(URI.create(base + m.group(1))));
        assertThat(file.statusCode()).as(m.group(1)).isEqualTo(200);
        for (Matcher i = Pattern.compile("from \"\\./([a-z.]+)\"").matcher(file.body());
            i.find(); ) {
          URI imported = URI.create(base + "/" + i.group(1));
          assertThat(send(HttpRequest.newBuilder(imported)).statusCode())
              .as(i.group(1))
              .isEqualTo(200);
        }
      }
      HttpResponse<String> session =
          send(
              HttpRequest.newBuilder(URI.create(base + "/session"))
                  .header("Origin", base)
                  .POST(HttpRequest.BodyPublishers.ofString(link.group(2))));
      String key = "Bearer " + Json.parse(session.body()).at("key").text();
      Json tree = Json.parse(get(base, "tree?cve=1", key));
      assertThat(tree.at("nodes").items())
          .anySatisfy(n -> assertThat(n.at("names").texts()).contains("busybox:latest"));
      assertThat(get(base, "generations", key).strip()).isEqualTo("[]");
      assertThat(get(base, "plans", key).strip()).isEqualTo("[]");
      HttpResponse<String> refused =
          send(
              HttpRequest.newBuilder(URI.create(base + "/containers/json"))
                  .header("Authorization", key));
      assertThat(refused.statusCode()).isEqualTo(403);
      ui.signal("INT");
      assertThat(ui.exit()).isEqualTo(130);
    }
  }

  private String get(String base, String path, String key)
      throws IOException, InterruptedException {
    HttpResponse<String> answer =
        send(
            HttpRequest.newBuilder(URI.create(base + "/graft/v1/lineage/" + path))
                .header("Authorization", key));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return answer.body();
  }
}
