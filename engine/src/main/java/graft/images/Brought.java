package graft.images;

import graft.oci.Digest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// What an import, a load or a commit brings in: held while it goes on, and deleted again when it
/// is closed before [#keep], since nobody can go on from it. What an image has by then stays.
final class Brought implements AutoCloseable {
  private final Leases.Lease lease;
  private final Sweep sweep;
  private final List<Digest> all = new ArrayList<>();
  private boolean kept;

  Brought(Leases leases, Sweep sweep) {
    this.lease = leases.lease();
    this.sweep = sweep;
  }

  void hold(Collection<Digest> digests) throws InterruptedException {
    all.addAll(digests);
    lease.hold(digests);
  }

  /// Something that was just written.
  void made(Digest digest) {
    all.add(digest);
  }

  void keep() {
    kept = true;
  }

  @Override
  public void close() throws IOException {
    lease.close();
    if (!kept) {
      sweep.unneeded(all);
    }
  }
}
