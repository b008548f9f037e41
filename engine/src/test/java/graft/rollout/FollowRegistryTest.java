package graft.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import graft.build.run.BuildLab;
import graft.event.Event;
import graft.event.Events;
import graft.images.ImageRecord;
import graft.lineage.Outdated;
import graft.oci.Digest;
import graft.oci.Reference;
import graft.registry.Credentials;
import graft.registry.Login;
import graft.registry.RecordedPause;
import graft.registry.Registries;
import graft.registry.RegistryOptions;
import graft.registry.RegistryProcess;
import graft.registry.Repository;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Images on a base whose tag moves in its registry, which wants a login: the registry that most
/// people run.
@Tag("root")
class FollowRegistryTest {
  /// bcrypt of "pw".
  private static final String HTPASSWD =
      "u:$2b$04$qawuvwkoVdBQKUOSZd4jhOuWXbIBF3zsWHhEm4qyRBRyoWZaAwARu\n";

  private static final Duration EVERY = Duration.ofHours(6);

  @TempDir Path dir;
  private RegistryProcess registry;
  private BuildLab lab;
  private Path logins;
  private Credentials client;

  @BeforeEach
  void open() throws Exception {
    assumeTrue(RegistryProcess.installed(), "there is no docker-registry");
    Path users = Files.writeString(dir.resolve("htpasswd"), HTPASSWD);
    registry =
        RegistryProcess.start(dir, "", "auth:\n  htpasswd:\n    realm: t\n    path: " + users);
    logins = dir.resolve("logins.json");
    RegistryOptions options =
        RegistryOptions.defaults()
            .withEnvironment(Map.of())
            .withLogins(Optional.of(logins))
            .withPause(new RecordedPause());
    lab = new BuildLab(dir.resolve("lab"), config -> config.withRegistry(options));
    client = Credentials.fixed(registry.host(), new Login("u", "pw"));
    for (String version : List.of("1", "2", "3")) {
      var _ =
          lab.build(
              "made:" + version,
              "FROM busybox:1\nCOPY etc /etc\n",
              Map.of(
                  "etc/os-release",
                  "ID=debian\nVERSION_ID=\"12\"\n",
                  "etc/version",
                  version + "\n"));
      Reference name = Reference.parse(registry.host() + "/base:v" + version);
      lab.engine().images().tag("made:" + version, name);
      var _ =
          lab.engine()
              .images()
              .push(registries().repository(name, client), name, graft.images.Progress.SILENT);
      var _ = lab.engine().images().remove(name.familiar(), false, true);
    }
    moveTo("1");
    Reference base = Reference.parse(base());
    var _ =
        lab.engine()
            .images()
            .pull(
                registries().repository(base, client),
                base,
                image("made:1").platform(),
                graft.images.Progress.SILENT);
    for (String version : List.of("1", "2", "3")) {
      var _ = lab.engine().images().remove("made:" + version, false, true);
    }
    var _ = lab.build("child:1", "FROM " + base() + "\nCOPY a /srv/a\n", Map.of("a", "text"));
    var _ = lab.build("leaf:1", "FROM child:1\nCOPY b /srv/b\n", Map.of("b", "text"));
  }

  @AfterEach
  void close() throws Exception {
    if (lab != null) {
      lab.close();
    }
    if (registry != null) {
      registry.close();
    }
  }

  private Registries registries() {
    return lab.engine().registries();
  }

  private String base() {
    return registry.host() + "/base:1";
  }

  private ImageRecord image(String name) {
    return lab.engine().images().find(name);
  }

  /// In the registry only.
  private Digest moveTo(String version) {
    Reference name = Reference.parse(registry.host() + "/base:v" + version);
    Repository repository = registries().repository(name, client);
    return repository.push(repository.resolve(name).document(), Optional.of("1")).digest();
  }

  private void logIn() throws Exception {
    logIn(registry.host());
  }

  private void logIn(String host) throws Exception {
    Files.writeString(logins, "{\"auths\": {\"" + host + "\": {\"auth\": \"dTpwdw==\"}}}");
    Files.setPosixFilePermissions(logins, PosixFilePermissions.fromString("rw-------"));
  }

  private Follows follows() {
    return lab.engine().rollouts().follows();
  }

  private Follow followed() {
    return follows().list().getFirst();
  }

  private Poll poll() {
    return follows().poll(followed());
  }

  private static Event next(Events.Subscription events) throws InterruptedException {
    while (true) {
      Event event =
          events
              .next(60_000)
              .orElseThrow(() -> new AssertionError("nothing happened to what is followed"));
      if (event.action().equals("follow")) {
        return event;
      }
    }
  }

  private List<Outdated.Answer> outdated() throws Exception {
    return lab.engine().lineage().outdated(client).stream()
        .filter(a -> !a.names().contains("busybox:1"))
        .toList();
  }

  /// What a recipe copies from is not here any more, and its registry wants a login.
  @Test
  void aRecipeThatRunsAgainHasTheEnginesLogins() throws Exception {
    Reference other = Reference.parse(registry.host() + "/base:v2");
    ImageRecord pulled =
        lab.engine()
            .images()
            .pull(
                registries().repository(other, client),
                other,
                image("child:1").platform(),
                graft.images.Progress.SILENT)
            .image();
    var _ =
        lab.build(
            "again:1",
            "FROM "
                + base()
                + "\nCOPY --from="
                + other.familiar()
                + " /etc/version /srv/v\n"
                + "RUN date +%N > /srv/now\n",
            Map.of());
    var _ = lab.engine().images().remove(other.familiar(), true, false);
    assertThat(lab.engine().images().byId(pulled.id())).isEmpty();
    logIn("other.example");
    assertThatThrownBy(this::again)
        .hasMessageContaining("its base " + other.familiar())
        .hasMessageContaining("no basic auth credentials")
        .hasMessageContaining("registry-auth-file");
    logIn();
    Plan plan = again();
    assertThat(plan.parents().getFirst().onto()).isPresent();
    assertThat(lab.tree(lab.engine().images().byId(plan.parents().getFirst().onto().get()).get()))
        .hasEntrySatisfying("/srv/v", v -> assertThat(v).endsWith("2\n"));
  }

  private Plan again() throws Exception {
    return lab.engine()
        .rollouts()
        .fix("again:1", List.of(), Optional.of(Plan.How.RERUN), "", Plan.Options.SAFE);
  }

  @Test
  void aTagThatMovedInItsRegistryIsSeenWithoutPulling() throws Exception {
    int before = registry.requests().size();
    List<Outdated.Answer> all = outdated();
    assertThat(all).extracting(Outdated.Answer::state).containsOnly(Outdated.State.CURRENT);
    assertThat(requests(before)).containsExactly("HEAD /v2/base/manifests/1");

    Digest moved = moveTo("2");
    before = registry.requests().size();
    all = outdated();
    // What the last stands on is of this machine, and the same.
    assertThat(all)
        .extracting(Outdated.Answer::names, Outdated.Answer::state)
        .containsExactlyInAnyOrder(
            tuple(List.of(base()), Outdated.State.OUTDATED),
            tuple(List.of("child:1"), Outdated.State.OUTDATED),
            tuple(List.of("leaf:1"), Outdated.State.CURRENT));
    assertThat(all)
        .filteredOn(a -> a.state() == Outdated.State.OUTDATED)
        .allSatisfy(a -> {
          assertThat(a.newer().orElseThrow().digest()).isEqualTo(moved);
          assertThat(a.base().orElseThrow().name()).isEqualTo(base());
          assertThat(a.reason()).contains("another image in its registry by now");
        });
    assertThat(requests(before))
        .containsExactly("HEAD /v2/base/manifests/1", "GET /v2/base/manifests/" + moved);
    assertThat(lab.engine().lineage().outdated(Credentials.NONE))
        .as("without a login")
        .filteredOn(a -> a.names().contains("child:1"))
        .allSatisfy(a -> {
          assertThat(a.state()).isEqualTo(Outdated.State.UNKNOWN);
          assertThat(a.reason()).contains("no basic auth credentials");
        });
  }

  /// Without those that only ask for a login.
  private List<String> requests(int from) throws Exception {
    List<String> all = registry.requests();
    return all.subList(from, all.size()).stream().filter(r -> !r.endsWith(" /v2/")).toList();
  }

  @Test
  void aTagThatMovesInItsRegistryIsFollowed() throws Exception {
    String before = image("leaf:1").id().toString();
    moveTo("2");
    // Whoever follows has a login, perhaps; the engine has none yet.
    assertThatThrownBy(() -> follows().follow(base(), Follow.Policy.CAREFUL, Optional.of(EVERY)))
        .hasMessageStartingWith("cannot ask for " + base() + ": ")
        .hasMessageContaining("registry-auth-file");
    assertThat(follows().list()).isEmpty();
    logIn();
    try (Events.Subscription events = lab.engine().events().subscribe(false)) {
      var _ = follows().follow(base(), Follow.Policy.CAREFUL, Optional.of(EVERY));
      Event event = next(events);
      assertThat(event.attributes()).containsEntry("state", "applied");
      assertThat(lab.engine().rollouts().generations())
          .singleElement()
          .satisfies(g -> assertThat(g.what()).isEqualTo("follow " + base()));
      assertThat(lab.tree(image("leaf:1")).get("/etc/version")).endsWith("2\n");
      assertThat(image("leaf:1").id().toString()).isNotEqualTo(before);
      assertThat(poll().taken()).isPresent();
      Instant due = poll().next().orElseThrow();
      assertThat(Duration.between(Instant.now(), due))
          .isBetween(Duration.ofHours(5), Duration.ofHours(7));

      // Not before its time; then one request, and no pull.
      int asked = registry.requests().size();
      follows().poll(Instant.now().plus(Duration.ofHours(5)));
      assertThat(requests(asked)).isEmpty();
      follows().poll(Instant.now().plus(Duration.ofHours(7)));
      assertThat(requests(asked)).containsExactly("HEAD /v2/base/manifests/1");

      // What somebody made in its place stays, until the registry has something newer.
      String pulled = image(base()).id().toString();
      ImageRecord patched = lab.build("patched:1", "FROM " + base() + "\nENV A=b\n", Map.of());
      lab.engine().images().tag("patched:1", Reference.parse(base()));
      assertThat(next(events).attributes()).containsEntry("state", "applied");
      follows().poll(Instant.now().plus(Duration.ofHours(7)));
      assertThat(image(base()).id()).isEqualTo(patched.id());
      lab.engine().images().tag(pulled, Reference.parse(base()));
      var _ = next(events);
    }

    // An engine that was away.
    Poll known = poll();
    lab.restart();
    assertThat(poll()).isEqualTo(known);
    assertThat(poll().every()).contains(EVERY);
    var _ = lab.build("own:1", "FROM " + base() + "\nRUN echo x >> /etc/version\n", Map.of());
    moveTo("3");
    try (Events.Subscription events = lab.engine().events().subscribe(false)) {
      follows().poll(Instant.now().plus(Duration.ofHours(7)));
      assertThat(next(events).attributes())
          .containsEntry("state", "reported")
          .containsEntry("name", base());
      assertThat(lab.tree(image("leaf:1")).get("/etc/version")).endsWith("2\n");

      // One that is away itself: told once, asked less and less often, at most every six hours.
      registry.close();
      for (int i = 1; i <= 3; i++) {
        follows().poll(Instant.now().plus(Duration.ofHours(7)));
        assertThat(poll().failures()).isEqualTo(i);
        assertThat(poll().trouble()).contains("connection refused");
        assertThat(Duration.between(Instant.now(), poll().next().orElseThrow()))
            .isLessThan(Duration.ofMinutes(5));
      }
      assertThat(next(events).attributes())
          .containsEntry("state", "unreachable")
          .hasEntrySatisfying("text", t -> assertThat(t).contains("connection refused"));
      follows().leave(base());
      assertThat(events.next(0)).isEmpty();
    }
    lab.restart();
    assertThat(follows().list()).isEmpty();
  }

  @Test
  void aRegistryThatTellsIsAskedItself() throws Exception {
    logIn();
    var _ = follows().follow(base(), Follow.Policy.CAREFUL, Optional.empty());
    assertThat(poll().next()).isEmpty();
    try (Events.Subscription events = lab.engine().events().subscribe(false)) {
      int asked = registry.requests().size();
      assertThat(
              follows()
                  .registryHas(
                      List.of(
                          new Pushed(Optional.of("docker.io"), "base", Optional.of("1")),
                          new Pushed(Optional.empty(), "base", Optional.of("2")),
                          new Pushed(Optional.empty(), "other/base", Optional.empty()))))
          .isEmpty();
      assertThat(requests(asked)).isEmpty();
      moveTo("2");
      assertThat(
              follows()
                  .registryHas(List.of(new Pushed(Optional.empty(), "base", Optional.of("1")))))
          .containsExactly(base());
      assertThat(next(events).attributes()).containsEntry("state", "applied");
    }
    // And by hand.
    Digest third = moveTo("3");
    var _ = follows().ask(base());
    assertThat(poll().taken()).contains(third);
    assertThatThrownBy(() -> follows().ask("leaf:1")).hasMessage("leaf:1 is not followed");
    assertThatThrownBy(() ->
            follows().follow("leaf:1", Follow.Policy.CAREFUL, Optional.of(Duration.ofSeconds(5))))
        .hasMessageContaining("every 1m at most");
  }
}
