package graft.docker.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.error.GraftException;
import graft.rollout.Pushed;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The forms in which registries tell, written by what each documents; and what is none.
class NoticeTest {
  private static List<Pushed> read(String text) {
    return Notice.read(text.getBytes(StandardCharsets.UTF_8));
  }

  private static Pushed pushed(String registry, String repository, String tag) {
    return new Pushed(
        registry.isEmpty() ? Optional.empty() : Optional.of(registry),
        repository,
        tag.isEmpty() ? Optional.empty() : Optional.of(tag));
  }

  @Test
  void distribution() {
    // A push of an image: its blobs, its manifest by digest, its tag; and somebody who pulls.
    assertThat(
            read(
                """
                {"events": [
                  {"id": "1", "timestamp": "2026-01-02T03:04:05Z", "action": "push",
                   "target": {"mediaType": "application/octet-stream", "size": 8, "repository": "a/b",
                              "digest": "sha256:00", "url": "http://r:5000/v2/a/b/blobs/sha256:00"},
                   "request": {"host": "r:5000", "method": "PUT"}},
                  {"id": "2", "action": "push",
                   "target": {"mediaType": "application/vnd.oci.image.manifest.v1+json",
                              "repository": "a/b", "digest": "sha256:01"}},
                  {"id": "3", "action": "push",
                   "target": {"mediaType": "application/vnd.oci.image.index.v1+json",
                              "repository": "a/b", "digest": "sha256:02", "tag": "1.0"}},
                  {"id": "4", "action": "pull", "target": {"repository": "c", "tag": "x"}},
                  {"id": "5", "action": "push", "target": {"repository": "d", "tag": null}}]}
                """))
        .containsExactly(pushed("", "a/b", "1.0"));
  }

  @Test
  void harbor() {
    String resources =
        """
        {"resources": [
           {"digest": "sha256:00", "tag": "1", "resource_url": "harbor.example/shop/cart:1"},
           {"digest": "sha256:01", "tag": "", "resource_url": "harbor.example/shop/cart@sha256:%s"}],
         "repository": {"name": "cart", "namespace": "shop", "repo_full_name": "shop/cart",
                        "repo_type": "private"}}
        """
            .formatted("0".repeat(64));
    for (String notice :
        List.of(
            "{\"type\":\"PUSH_ARTIFACT\",\"occur_at\":1,\"operator\":\"u\",\"event_data\":"
                + resources
                + "}",
            "{\"specversion\":\"1.0\",\"id\":\"i\",\"source\":\"/projects/1/webhook/policies/1\","
                + "\"type\":\"harbor.artifact.pushed\",\"datacontenttype\":\"application/json\","
                + "\"data\":"
                + resources
                + ",\"operator\":\"u\"}")) {
      assertThat(read(notice))
          .containsExactly(
              pushed("harbor.example", "shop/cart", "1"),
              pushed("harbor.example", "shop/cart", ""));
    }
    assertThat(read("{\"type\":\"DELETE_ARTIFACT\",\"event_data\":" + resources + "}")).isEmpty();
  }

  @Test
  void dockerHub() {
    assertThat(
            read(
                """
                {"callback_url": "http://127.0.0.1:1/never/called",
                 "push_data": {"pushed_at": 1582484093, "pusher": "u", "tag": "latest"},
                 "repository": {"is_private": false, "name": "hook", "namespace": "me",
                                "repo_name": "me/hook", "status": "Active"}}
                """))
        .containsExactly(pushed("docker.io", "me/hook", "latest"));
  }

  @Test
  void gitHub() {
    String form =
        """
        {"action": "%s", "%s": {"id": 1, "name": "hello", "namespace": "octo", "ecosystem": "%s",
          "package_type": "%s", "package_version": {"version": "sha256:00", "package_url": "%s",
          "container_metadata": {"tag": {"name": "%s", "digest": "sha256:00"}}}},
         "sender": {"login": "octo"}}
        """;
    String url = "ghcr.io/octo/hello:edge";
    assertThat(read(form.formatted("published", "package", "", "CONTAINER", url, "edge")))
        .containsExactly(pushed("ghcr.io", "octo/hello", "edge"));
    assertThat(
            read(form.formatted("updated", "registry_package", "CONTAINER", "CONTAINER", url, "")))
        .containsExactly(pushed("ghcr.io", "octo/hello", "edge"));
    // Without a tag: of a version that has none.
    assertThat(
            read(
                form.formatted("published", "package", "CONTAINER", "", "ghcr.io/octo/hello:", "")))
        .containsExactly(pushed("ghcr.io", "octo/hello", ""));
    assertThat(read(form.formatted("published", "package", "npm", "npm", "", ""))).isEmpty();
    assertThat(read(form.formatted("published", "package", "", "CONTAINER", "%00::", "1")))
        .isEmpty();
    assertThat(read("{\"zen\": \"Keep it simple.\", \"hook_id\": 1, \"hook\": {}}")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"events\": []}",
        "{\"events\": [1, null, \"x\", [], {\"action\": [], \"target\": 7}]}",
        "{\"events\": [{\"action\": \"push\", \"target\": {\"repository\": 3}}]}",
        "{\"type\": {\"a\": 1}}",
        "{\"type\": \"PUSH_ARTIFACT\", \"event_data\": 1}",
        "{\"push_data\": []}",
        "{\"action\": \"published\"}"
      })
  void whatTellsOfNothing(String notice) {
    assertThat(read(notice)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "[]", "null", "7", "{", "{\"a\":", "<html>", "{\"a\": 1}}x"})
  void whatIsNone(String notice) {
    assertThatThrownBy(() -> read(notice))
        .isInstanceOfSatisfying(
            GraftException.class, e -> assertThat(e.kind()).isEqualTo(GraftException.Kind.INVALID))
        .hasMessageStartingWith("the notice ");
  }

  @Test
  void whatIsTooMuch() {
    assertThatThrownBy(() -> read("[".repeat(200) + "]".repeat(200)))
        .hasMessageContaining("is no JSON");
    assertThatThrownBy(() -> Notice.read(new byte[Notice.MOST_BYTES + 1]))
        .hasMessageContaining("larger than");
    String event = "{\"action\":\"push\",\"target\":{\"repository\":\"a\",\"tag\":\"1\"}},";
    assertThat(read("{\"events\":[" + event.repeat(5000) + "{}]}")).hasSize(1000);
  }
}
