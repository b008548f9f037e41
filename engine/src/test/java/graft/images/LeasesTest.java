package graft.images;

import static org.assertj.core.api.Assertions.assertThat;

import graft.images.Leases.Lease;
import graft.oci.Digest;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class LeasesTest {
  private static final Digest A = Digest.of(new byte[] {1});
  private static final Digest B = Digest.of(new byte[] {2});
  private static final Digest C = Digest.of(new byte[] {3});

  private final Leases leases = new Leases();

  @Test
  void whatIsHeldOrUsedIsNotCondemned() throws InterruptedException {
    try (Lease lease = leases.lease()) {
      lease.hold(List.of(A));
      assertThat(leases.condemn(List.of(A, B, C), () -> Set.of(C))).containsExactly(B);
    }
  }

  @Test
  void twoHoldsNeedTwoReleases() throws InterruptedException {
    Lease one = leases.lease();
    Lease two = leases.lease();
    one.hold(List.of(A));
    two.hold(List.of(A));
    one.close();
    assertThat(leases.condemn(List.of(A), Set::of)).isEmpty();
    two.close();
    assertThat(leases.condemn(List.of(A), Set::of)).containsExactly(A);
  }

  @Test
  void aHoldWaitsForADeletionUnderWay() throws InterruptedException {
    leases.condemn(List.of(A), Set::of);
    CountDownLatch held = new CountDownLatch(1);
    Thread other =
        Thread.ofVirtual()
            .start(() -> {
              try (Lease lease = leases.lease()) {
                lease.hold(List.of(A));
                held.countDown();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    assertThat(held.getCount()).isOne();
    leases.spent(List.of(A));
    other.join();
    assertThat(held.getCount()).isZero();
  }
}
