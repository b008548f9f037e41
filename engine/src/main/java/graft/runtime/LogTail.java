package graft.runtime;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;

/// Finds where the last lines of a log begin, from the end backwards, so that the last ten of a
/// large log cost as little as those of a small one.
final class LogTail {
  private static final int BLOCK = 64 * 1024;

  private LogTail() {}

  /// Those of the files (the oldest first) that hold the last `count` lines, positioned at or
  /// before the first of them; the others are closed. Lines may be pieces, so one finds at least as
  /// many lines as were asked for, not exactly as many.
  static List<LogFiles.Open> seek(List<LogFiles.Open> files, long count) throws IOException {
    List<LogFiles.Open> kept = new ArrayList<>();
    long left = count;
    for (LogFiles.Open file : files.reversed()) {
      if (left < 0) {
        file.channel().close();
      } else {
        left = seek(file.channel(), left);
        kept.addFirst(file);
      }
    }
    return kept;
  }

  /// How many whole lines are still wanted from older files; below zero when there were enough.
  private static long seek(FileChannel file, long count) throws IOException {
    long left = count;
    long position = file.size();
    byte[] block = new byte[BLOCK];
    Marks marks = new Marks();
    while (position > 0) {
      int size = (int) Math.min(BLOCK, position);
      position -= size;
      ByteBuffer into = ByteBuffer.wrap(block, 0, size);
      int read = 0;
      while (read >= 0 && into.hasRemaining()) {
        read = file.read(into, position + into.position());
      }
      for (int i = size - 1; i >= 0; i--) {
        if (block[i] == '\n') {
          if (marks.wholeLineAfter() && --left < 0) {
            file.position(position + i + 1);
            return -1;
          }
          marks.reset();
        } else {
          marks.before(block[i]);
        }
      }
    }
    if (marks.wholeLineAfter()) {
      left--;
    }
    file.position(0);
    return left;
  }

  /// The first bytes of the line we are in, read backwards: time, stream, tag.
  private static final class Marks {
    private static final int HEAD = 64;
    private final byte[] last = new byte[HEAD];
    private int length;

    void before(byte b) {
      last[length % HEAD] = b;
      length++;
    }

    void reset() {
      length = 0;
    }

    /// Whether the line that begins here has the tag F.
    boolean wholeLineAfter() {
      int spaces = 0;
      for (int i = 0; i < Math.min(length, HEAD); i++) {
        byte b = last[Math.floorMod(length - 1 - i, HEAD)];
        if (spaces == 2) {
          return b == 'F';
        }
        if (b == ' ') {
          spaces++;
        }
      }
      return false;
    }
  }
}
