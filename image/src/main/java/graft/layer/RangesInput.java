package graft.layer;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/// Some ranges of a file, one behind the other: what a tar holds of a sparse file. At the end the
/// file must end, too, where it ended before.
final class RangesInput extends InputStream {
  private final InputStream file;
  private final long[] offsets;
  private final long[] lengths;
  private final long size;
  private long at;
  private int range;
  private long left;

  RangesInput(InputStream file, long[] offsets, long[] lengths, long size) {
    this.file = file;
    this.offsets = offsets;
    this.lengths = lengths;
    this.size = size;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    while (left == 0 && range < offsets.length) {
      to(offsets[range]);
      left = lengths[range];
      range++;
    }
    if (left == 0) {
      to(size);
      return file.read(buffer, offset, length);
    }
    int n = file.read(buffer, offset, (int) Math.min(length, left));
    if (n > 0) {
      at += n;
      left -= n;
    }
    return n;
  }

  private void to(long place) throws IOException {
    try {
      // A file's stream seeks.
      file.skipNBytes(place - at);
    } catch (EOFException e) {
      throw new TarSplit.Damaged("a sparse file of a layer is shorter than it was");
    }
    at = place;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
