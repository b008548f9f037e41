package graft.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import graft.error.GraftException;
import graft.error.GraftException.Kind;
import graft.oci.Descriptor;
import graft.oci.MediaTypes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Who is let in, with what, and who gets to see it.
class RepositoryLoginTest extends RegistryCase {
  @Test
  void aLoginIsNotSentToWhereBlobsAreRedirected() throws Exception {
    try (FakeRegistry storage = new FakeRegistry()) {
      byte[] layer = bytes(5_000);
      Descriptor blob = fake.addBlob("a/b", MediaTypes.OCI_LAYER_GZIP, layer);
      storage.addBlob("x", MediaTypes.OCI_LAYER_GZIP, layer);
      fake.auth = FakeRegistry.Auth.BASIC;
      fake.redirectBlobsTo = "http://" + storage.host();
      repository(LOGIN).download(blob, store, Progress.NONE);
      assertThat(store.info(blob.digest())).isPresent();
      assertThat(storage.log).hasSize(1).noneMatch(l -> l.contains("+auth"));
      assertThat(fake.log.getLast()).endsWith("+auth");
    }
  }

  static Stream<Arguments> refused() {
    return Stream.of(
        Arguments.of(
            FakeRegistry.Auth.NONE,
            new Login("", ""),
            Kind.NOT_FOUND,
            "manifest for HOST/a/b:none not found: manifest unknown: manifest unknown"),
        Arguments.of(
            FakeRegistry.Auth.BASIC,
            new Login("", ""),
            Kind.INTERNAL,
            "Head \"http://HOST/v2/a/b/manifests/none\": no basic auth credentials"),
        Arguments.of(
            FakeRegistry.Auth.BASIC,
            new Login("u", "wrong"),
            Kind.UNAUTHORIZED,
            "unauthorized: authentication required"),
        Arguments.of(
            FakeRegistry.Auth.BEARER,
            new Login("u", "wrong"),
            Kind.UNAUTHORIZED,
            "incorrect username or password"));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void saysInDockersWordsWhy(FakeRegistry.Auth auth, Login login, Kind kind, String text) {
    fake.auth = auth;
    GraftException e =
        catchThrowableOfType(
            GraftException.class, () -> repository(login).resolve(reference("a/b:none")));
    assertThat(e.text()).isEqualTo(text.replace("HOST", fake.host()));
    assertThat(e.kind()).isEqualTo(kind);
  }

  @Test
  void oneTokenServesManyRequestsUntilItExpires() {
    fake.auth = FakeRegistry.Auth.BEARER;
    fake.addImage("a/b", "1", "{}".getBytes(UTF_8));
    for (Login login : List.of(LOGIN, new Login("", "", FakeRegistry.IDENTITY, ""))) {
      fake.log.clear();
      repository(login).resolve(reference("a/b:1"));
      repository(login).resolve(reference("a/b:1"));
      assertThat(fake.log).filteredOn(l -> l.contains("/token")).hasSize(1);
    }
    pause.pass(Duration.ofMinutes(10));
    fake.log.clear();
    repository(LOGIN).resolve(reference("a/b:1"));
    assertThat(fake.log).filteredOn(l -> l.contains("/token")).hasSize(1);
  }

  @Test
  void anUntrustedTokenServerSeesNothing() {
    fake.auth = FakeRegistry.Auth.BEARER;
    fake.realm = "http://registry.example/token";
    assertThatThrownBy(() -> repository(LOGIN).resolve(reference("a/b:1")))
        .hasMessageContaining("token server that is not trusted");
  }

  /// Of whoever keeps the password and hands out what a token server gave for it.
  private static final class Tokens implements Credentials {
    final List<String> asked = new ArrayList<>();
    Optional<String> token = Optional.of(FakeRegistry.TOKEN);

    @Override
    public Optional<Login> find(String registry) {
      asked.add("password of " + registry);
      return Optional.of(LOGIN);
    }

    @Override
    public Optional<String> token(TokenRequest request, boolean fresh) {
      asked.add(request.scopes() + " from " + request.service() + (fresh ? ", fresh" : ""));
      return token;
    }
  }

  @Test
  void whoGetsTokensKeepsThePassword() {
    fake.auth = FakeRegistry.Auth.BEARER;
    fake.addImage("a/b", "1", "{}".getBytes(UTF_8));
    Tokens tokens = new Tokens();
    registries.repository(reference("a/b:1"), tokens).resolve(reference("a/b:1"));
    assertThat(tokens.asked).containsOnly("[repository:a/b:pull] from fake");
    assertThat(fake.log).noneMatch(l -> l.contains("/token"));
  }

  @Test
  void whoCannotGetTokensIsAskedForThePassword() {
    fake.auth = FakeRegistry.Auth.BEARER;
    fake.addImage("a/b", "1", "{}".getBytes(UTF_8));
    Tokens tokens = new Tokens();
    tokens.token = Optional.empty();
    registries.repository(reference("a/b:1"), tokens).resolve(reference("a/b:1"));
    assertThat(tokens.asked).filteredOn(a -> a.startsWith("password")).hasSize(1);
  }

  @Test
  void aTokenThatIsRefusedIsGotAnew() {
    fake.auth = FakeRegistry.Auth.BEARER;
    Tokens tokens = new Tokens();
    tokens.token = Optional.of("stale");
    assertThatThrownBy(
            () -> registries.repository(reference("a/b:1"), tokens).resolve(reference("a/b:1")))
        .hasMessageContaining("authentication required");
    assertThat(tokens.asked).anyMatch(a -> a.endsWith("fresh"));
    // One that cannot stand in a header is none.
    tokens.token = Optional.of("bad\r\nX: y");
    fake.addImage("a/b", "1", "{}".getBytes(UTF_8));
    registries.repository(reference("a/b:1"), tokens).resolve(reference("a/b:1"));
    assertThat(tokens.asked).anyMatch(a -> a.startsWith("password"));
  }

  @Test
  void anUntrustedTokenServerIsNotAskedForOthersEither() {
    fake.auth = FakeRegistry.Auth.BEARER;
    fake.realm = "http://registry.example/token";
    Tokens tokens = new Tokens();
    assertThatThrownBy(
            () -> registries.repository(reference("a/b:1"), tokens).resolve(reference("a/b:1")))
        .hasMessageContaining("token server that is not trusted");
    assertThat(tokens.asked).noneMatch(a -> a.contains("repository:"));
  }

  @Test
  void logsIn() {
    fake.auth = FakeRegistry.Auth.BASIC;
    assertThat(registries.login(fake.host(), LOGIN).status()).isEqualTo("Login Succeeded");
    assertThatThrownBy(() -> registries.login(fake.host(), new Login("u", "no")))
        .hasMessage(
            "login attempt to http://" + fake.host() + "/v2/ failed with status: 401 Unauthorized");
    fake.auth = FakeRegistry.Auth.BEARER;
    assertThat(registries.login(fake.host(), LOGIN).identityToken())
        .isEqualTo(FakeRegistry.IDENTITY);
  }

  @Test
  void aTokenThatIsNoHeaderIsRefusedWithoutShowingIt() {
    Login login = new Login("", "", "", "sec\nret");
    assertThatThrownBy(() -> repository(login).resolve(reference("a/b:1")))
        .isInstanceOf(GraftException.class)
        .hasNoCause()
        .hasMessageNotContaining("sec");
  }
}
