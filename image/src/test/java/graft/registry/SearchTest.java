package graft.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.error.GraftException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SearchTest {
  private FakeRegistry fake;
  private Registries registries;

  @BeforeEach
  void start() throws Exception {
    fake = new FakeRegistry();
    registries =
        new Registries(
            RegistryOptions.defaults()
                .withCertsDirs(List.of())
                .withEnvironment(Map.of())
                .withPause(new RecordedPause()));
  }

  @AfterEach
  void stop() {
    registries.close();
    fake.close();
  }

  private List<Found> search(String term, int limit) {
    Login login = new Login(FakeRegistry.USER, FakeRegistry.PASSWORD);
    return registries.search(fake.host(), term, limit, Credentials.fixed(fake.host(), login));
  }

  /// As Docker Hub's index answers.
  @Test
  void theOldIndexIsAskedWhereThereIsOne() {
    fake.found =
        """
        {"num_pages":1,"num_results":2,"page":1,"page_size":25,"query":"alpine","results":[
        {"is_automated":false,"name":"alpine","is_trusted":false,"is_official":true,
        "star_count":10093,"description":"A minimal image"},
        {"is_automated":false,"name":"alpine/git","is_official":false,"star_count":3,
        "description":null}]}
        """;
    assertThat(search("a b&c", 25))
        .containsExactly(
            new Found(fake.host() + "/alpine", "A minimal image", 10093, true),
            new Found(fake.host() + "/alpine/git", "", 3, false));
    assertThat(fake.log).contains("GET /v1/search?q=a+b%26c&n=25");
    assertThat(search("alpine", 1)).hasSize(1);
  }

  @Test
  void elseTheListOfEverythingIsGoneThrough() {
    for (String name : List.of("a/web", "b/db", "c/webber", "d", "e/web")) {
      fake.addImage(name, "1", new byte[0]);
    }
    assertThat(search("Web", 25))
        .extracting(Found::name)
        .containsExactly(fake.host() + "/a/web", fake.host() + "/c/webber", fake.host() + "/e/web");
    assertThat(search("web", 1)).hasSize(1);
    assertThat(search("nothing", 25)).isEmpty();
  }

  @Test
  void aLoginIsUsedWhereItIsAskedFor() {
    fake.auth = FakeRegistry.Auth.BASIC;
    fake.addImage("a/web", "1", new byte[0]);
    assertThat(search("web", 25)).hasSize(1);
    assertThatThrownBy(() -> registries.search(fake.host(), "web", 25, Credentials.NONE))
        .isInstanceOf(GraftException.class);
  }
}
