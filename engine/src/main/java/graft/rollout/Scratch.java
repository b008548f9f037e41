package graft.rollout;

import graft.build.source.Piped;
import graft.container.Container;
import graft.container.ContainerSpec;
import graft.container.Containers;
import graft.container.Health;
import graft.container.Request;
import graft.error.GraftException;
import graft.facts.Root;
import graft.images.ImageRecord;
import graft.oci.ImageConfig.Healthcheck;
import graft.rebase.Patch;
import graft.rebase.Regenerated;
import graft.rebase.Regeneration;
import graft.runtime.LogReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Containers in which images are tried: without a network, and gone afterwards.
final class Scratch {
  /// On each of them.
  static final String LABEL = "graft.lineage.scratch";

  /// So many run in one roll-out at the same time: each is a process of a stranger's, and of what
  /// one has written up to 16 MB are in memory. More of them than processors, as most wait for
  /// something.
  static final int AT_ONCE = Math.clamp(2L * Runtime.getRuntime().availableProcessors(), 2, 8);

  private static final Duration LONGEST = Duration.ofMinutes(5);
  private static final Duration OFTEN = Duration.ofSeconds(1);
  private static final long LOOK_MILLIS = 200;

  /// How long news of an end may take to be recorded.
  private static final long NEWS_MILLIS = 500;

  private static final int SHOWN = 400;

  private final Containers containers;

  Scratch(Containers containers) {
    this.containers = containers;
  }

  /// Those that an engine left which was killed.
  static void removeAll(Containers containers) throws IOException {
    for (Container one : containers.list()) {
      if (one.spec().labels().containsKey(LABEL)) {
        new Scratch(containers).remove(one.id());
      }
    }
  }

  /// Runs a command in an image.
  ///
  /// @return what is wrong; empty if it ended with 0
  Optional<String> run(ImageRecord image, List<String> command)
      throws IOException, InterruptedException {
    Request.Overrides asked =
        overrides(Optional.of(List.of()), Optional.of(command), Optional.of(NO_CHECK));
    String id = create(image, asked);
    try {
      return ended(id).map(why -> "the test " + String.join(" ", command) + " " + why);
    } finally {
      remove(id);
    }
  }

  /// Runs a container.
  ///
  /// @return what is wrong, half a sentence; empty if it ended with 0
  private Optional<String> ended(String id) throws IOException, InterruptedException {
    Containers.Wait end = containers.await(id, Containers.WaitFor.NEXT_EXIT);
    containers.start(id);
    Optional<Containers.Outcome> outcome = within(LONGEST, end);
    if (outcome.isEmpty()) {
      return Optional.of("was not over after " + LONGEST.toMinutes() + " minutes");
    }
    int code = outcome.get().code();
    return code == 0 ? Optional.empty() : Optional.of("ended with " + code + said(containers, id));
  }

  /// Runs a program of an image as root in its root directory, and takes what it has made.
  ///
  /// @param before the image
  /// @throws GraftException INVALID if it failed, or has done something else
  Patch regenerate(ImageRecord image, Root before, Regeneration regeneration)
      throws IOException, InterruptedException {
    String id =
        create(
            image,
            overrides(
                Optional.of(List.of()),
                Optional.of(regeneration.command()),
                Optional.of(NO_CHECK),
                "0:0",
                "/"));
    try {
      Optional<String> wrong = ended(id);
      if (wrong.isPresent()) {
        throw GraftException.invalid(wrong.get());
      }
      Regenerated made =
          Regenerated.of(
              regeneration,
              before,
              Piped.run(out -> containers.writeChanges(id, out), Written::read));
      return switch (made) {
        case Regenerated.Files files -> files.patch();
        case Regenerated.Stray stray ->
            throw GraftException.invalid("wrote /" + stray.path() + " as well");
      };
    } finally {
      remove(id);
    }
  }

  /// Starts an image and waits for its own health check.
  ///
  /// @return what is wrong; empty if it became healthy
  Optional<String> healthy(ImageRecord image) throws IOException, InterruptedException {
    Healthcheck soon = new Healthcheck(List.of(), OFTEN, Duration.ZERO, Duration.ZERO, OFTEN, 0);
    String id = create(image, overrides(Optional.empty(), Optional.empty(), Optional.of(soon)));
    try {
      containers.start(id);
      return health(containers, id, LONGEST).map(why -> why + said(containers, id));
    } finally {
      remove(id);
    }
  }

  /// Waits until a container is healthy.
  ///
  /// @return what is wrong; empty if it is
  static Optional<String> health(Containers containers, String id, Duration longest)
      throws InterruptedException {
    Instant end = Instant.now().plus(longest);
    Optional<String> ill = Optional.empty();
    while (Instant.now().isBefore(end)) {
      // In this order: the record of an end is written before the health of what has ended.
      Optional<Health> health = containers.health(id);
      if (!containers.find(id).state().alive()) {
        return Optional.of("it ended before it was healthy");
      }
      if (ill.isPresent()) {
        return ill;
      }
      if (health.isPresent() && health.get().status() == Health.Status.HEALTHY) {
        return Optional.empty();
      }
      if (health.isPresent() && health.get().status() == Health.Status.UNHEALTHY) {
        // Once more: an end takes its checks with it, and is heard of a moment later than they.
        ill = Optional.of(illness(health.get()));
      }
      Thread.sleep(ill.isPresent() ? NEWS_MILLIS : LOOK_MILLIS);
    }
    return Optional.of("it was not healthy after " + longest.toMinutes() + " minutes");
  }

  private static String illness(Health health) {
    return "it is unhealthy"
        + (health.log().isEmpty() ? "" : ": " + shortened(health.log().getLast().output()));
  }

  private static final Healthcheck NO_CHECK =
      new Healthcheck(
          List.of("NONE"), Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO, 0);

  private static Request.Overrides overrides(
      Optional<List<String>> entrypoint,
      Optional<List<String>> command,
      Optional<Healthcheck> health) {
    return overrides(
        entrypoint,
        command,
        health,
        Request.Overrides.NONE.user(),
        Request.Overrides.NONE.workingDir());
  }

  private static Request.Overrides overrides(
      Optional<List<String>> entrypoint,
      Optional<List<String>> command,
      Optional<Healthcheck> health,
      String user,
      String directory) {
    Request.Overrides none = Request.Overrides.NONE;
    return new Request.Overrides(
        entrypoint,
        command,
        none.env(),
        user,
        directory,
        Map.of(LABEL, "true"),
        none.volumes(),
        none.exposedPorts(),
        none.stopSignal(),
        health,
        none.shell());
  }

  private String create(ImageRecord image, Request.Overrides asked)
      throws IOException, InterruptedException {
    return containers
        .create(
            new Request(
                image.id().toString(),
                Optional.empty(),
                Optional.empty(),
                asked,
                ContainerSpec.DEFAULT.isolated()))
        .id();
  }

  private static Optional<Containers.Outcome> within(Duration longest, Containers.Wait wait)
      throws InterruptedException {
    CompletableFuture<Containers.Outcome> outcome = new CompletableFuture<>();
    Thread waiting =
        Thread.ofVirtual()
            .start(() -> {
              try {
                outcome.complete(wait.get());
              } catch (InterruptedException e) {
                outcome.completeExceptionally(e);
                Thread.currentThread().interrupt();
              }
            });
    try {
      return Optional.of(outcome.get(longest.toMillis(), TimeUnit.MILLISECONDS));
    } catch (TimeoutException e) {
      return Optional.empty();
    } catch (ExecutionException e) {
      throw new IllegalStateException("a test was not waited for", e);
    } finally {
      waiting.interrupt();
    }
  }

  /// The end of what it wrote.
  static String said(Containers containers, String id) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    try (LogReader log =
        containers.logs(id, new LogReader.Query(10, Optional.empty(), Optional.empty(), false))) {
      for (Optional<LogReader.Entry> one = next(log); one.isPresent(); one = next(log)) {
        all.writeBytes(one.get().text());
      }
    } catch (IOException | GraftException e) {
      return " (and its output could not be read: " + e.getMessage() + ")";
    }
    String text = shortened(all.toString(StandardCharsets.UTF_8));
    return text.isEmpty() ? "" : ": " + text;
  }

  private static Optional<LogReader.Entry> next(LogReader log) throws IOException {
    try {
      return log.next();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  private static String shortened(String text) {
    String one = text.strip();
    return one.length() > SHOWN ? "…" + one.substring(one.length() - SHOWN) : one;
  }

  private void remove(String id) throws IOException {
    try {
      containers.remove(id, id, true, true);
    } catch (GraftException e) {
      if (e.kind() != GraftException.Kind.NOT_FOUND) {
        throw e;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while container " + id + " was removed", e);
    }
  }
}
