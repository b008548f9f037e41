package graft.docker.buildkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.docker.buildkit.proto.Control;
import graft.docker.buildkit.proto.ProtoReader;
import graft.error.GraftException;
import java.io.IOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class JobsTest {
  private final Jobs jobs = new Jobs();

  private Job open() throws IOException {
    // Field 1, the name of the build.
    byte[] message = {10, 1, 'a'};
    return jobs.open(ProtoReader.parse(message, Control.SolveRequest::read));
  }

  @Test
  void aCallMayComeBeforeTheBuildItNames() throws Exception {
    try (ExecutorService client = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Job> early = client.submit(() -> jobs.await("a"));
      Job job = open();
      assertThat(early.get()).isSameAs(job);
    }
  }

  /// A build that is refused has ended before its client's next call, which is told so and does not
  /// wait for another of that name.
  @Test
  void aCallMayComeAfterTheBuildItNames() throws Exception {
    jobs.close(open());
    assertThatThrownBy(() -> jobs.await("a"))
        .isInstanceOfSatisfying(
            GraftException.class,
            e -> assertThat(e.kind()).isEqualTo(GraftException.Kind.CANCELLED))
        .hasMessage("the build a has ended");
    assertThat(jobs.feed("a")).isNotNull();
  }
}
