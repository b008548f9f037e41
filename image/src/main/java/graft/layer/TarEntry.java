package graft.layer;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;

/// One entry of a tar, without its payload. Names are bytes: an archive may hold names that are no
/// valid UTF-8, and they have to come out as they came in.
///
/// @param path clean and relative: no leading slash, no `.` or `..` element, no trailing slash;
///   empty for the root directory itself
/// @param mode permission bits with set-id and sticky, 07777
/// @param linkTarget of a symbolic link as it stands; of a hard link a clean path like `path`
/// @param xattrs extended attributes by full name (`security.capability`)
public record TarEntry(
    Name path,
    Type type,
    int mode,
    long uid,
    long gid,
    long size,
    Instant mtime,
    Name linkTarget,
    int deviceMajor,
    int deviceMinor,
    Map<String, Name> xattrs) {
  public TarEntry {
    xattrs = Map.copyOf(xattrs);
  }

  public enum Type {
    FILE,
    DIRECTORY,
    SYMLINK,
    HARDLINK,
    CHAR,
    BLOCK,
    FIFO
  }

  /// Bytes with value equality.
  public static final class Name implements Comparable<Name> {
    public static final Name EMPTY = new Name(new byte[0]);

    private final byte[] bytes;

    private Name(byte[] bytes) {
      this.bytes = bytes;
    }

    public static Name of(byte[] bytes) {
      return new Name(bytes.clone());
    }

    public static Name of(String text) {
      return new Name(text.getBytes(StandardCharsets.UTF_8));
    }

    public byte[] bytes() {
      return bytes.clone();
    }

    public boolean isEmpty() {
      return bytes.length == 0;
    }

    public int length() {
      return bytes.length;
    }

    /// The part behind the last slash.
    public Name last() {
      return new Name(Arrays.copyOfRange(bytes, slash() + 1, bytes.length));
    }

    /// The part before the last slash; empty if there is none.
    public Name parent() {
      int slash = slash();
      return slash < 0 ? EMPTY : new Name(Arrays.copyOf(bytes, slash));
    }

    private int slash() {
      int i = bytes.length - 1;
      while (i >= 0 && bytes[i] != '/') {
        i--;
      }
      return i;
    }

    public Name child(Name name) {
      if (bytes.length == 0) {
        return name;
      }
      byte[] joined = Arrays.copyOf(bytes, bytes.length + 1 + name.bytes.length);
      joined[bytes.length] = '/';
      System.arraycopy(name.bytes, 0, joined, bytes.length + 1, name.bytes.length);
      return new Name(joined);
    }

    public boolean startsWith(String prefix) {
      byte[] start = prefix.getBytes(StandardCharsets.UTF_8);
      return bytes.length >= start.length
          && Arrays.equals(bytes, 0, start.length, start, 0, start.length);
    }

    /// Without its first `n` bytes.
    public Name from(int n) {
      return new Name(Arrays.copyOfRange(bytes, n, bytes.length));
    }

    /// Unsigned, byte by byte.
    @Override
    public int compareTo(Name other) {
      return Arrays.compareUnsigned(bytes, other.bytes);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Name name && Arrays.equals(bytes, name.bytes);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(bytes);
    }

    /// For messages and look-ups by text.
    @Override
    public String toString() {
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  /// The name that hides a path of the layers below: `.wh.NAME`.
  public boolean isWhiteout() {
    Name name = path.last();
    return name.startsWith(".wh.") && !name.startsWith(".wh..wh.");
  }

  /// What a whiteout hides.
  public Name whitedOut() {
    return path.parent().child(path.last().from(4));
  }

  /// `.wh..wh..opq`: the directory it stands in hides all of the layers below.
  public boolean isOpaqueMark() {
    return path.last().equals(Name.of(".wh..wh..opq"));
  }

  /// No file of the layer, but something said about others.
  boolean isMark() {
    return path.last().startsWith(".wh.");
  }

  /// Other names of aufs' own, which mean nothing here.
  public boolean isAufsNoise() {
    return path.last().startsWith(".wh..wh.") && !isOpaqueMark();
  }
}
