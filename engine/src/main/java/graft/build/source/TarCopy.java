package graft.build.source;

import graft.layer.Limits;
import graft.layer.TarEntry;
import graft.layer.TarEntry.Name;
import graft.layer.TarReader;
import graft.layer.TarWriter;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// Tars that are written anew with entries that differ in what is said of a file, not in what is in
/// it.
public final class TarCopy {
  private TarCopy() {}

  /// Does not end the archive that is written.
  public static void copy(InputStream from, UnaryOperator<TarEntry> change, TarWriter to)
      throws IOException {
    each(from, (entry, payload) -> to.write(change.apply(entry), payload));
  }

  public interface Taker {
    /// @param payload need not be read
    void take(TarEntry entry, InputStream payload) throws IOException;
  }

  public static void each(InputStream from, Taker taker) throws IOException {
    TarReader reader = new TarReader(from, Limits.DEFAULT, TarReader.Recorder.NONE);
    InputStream payload = reader.payload();
    Optional<TarEntry> entry = reader.next();
    while (entry.isPresent()) {
      taker.take(entry.get(), payload);
      entry = reader.next();
    }
  }

  /// No newer than a moment.
  public static TarEntry clamped(TarEntry e, Instant latest) {
    return e.mtime().isAfter(latest) ? at(e, latest) : e;
  }

  public static TarEntry at(TarEntry e, Instant time) {
    return with(e, e.path(), e.linkTarget(), time);
  }

  /// In a directory.
  public static TarEntry under(TarEntry e, Name directory) {
    Name link =
        e.type() == TarEntry.Type.HARDLINK ? directory.child(e.linkTarget()) : e.linkTarget();
    Name path = e.path().isEmpty() ? directory : directory.child(e.path());
    return with(e, path, link, e.mtime());
  }

  private static TarEntry with(TarEntry e, Name path, Name link, Instant time) {
    return new TarEntry(
        path,
        e.type(),
        e.mode(),
        e.uid(),
        e.gid(),
        e.size(),
        time,
        link,
        e.deviceMajor(),
        e.deviceMinor(),
        e.xattrs());
  }
}
