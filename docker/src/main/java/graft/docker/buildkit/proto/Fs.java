package graft.docker.buildkit.proto;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// `fsutil.types`: the packets in which trees of files come and go.
///
/// The sender lists all files, each with a STAT, in the order of their paths, and ends the list
/// with an empty one. The receiver asks for contents with REQ and a file's place in the list. The
/// sender gives them in DATA, several files side by side, each ended by an empty DATA. Last, the
/// receiver says FIN, and the sender does. ERR may come from either at any time.
public final class Fs {
  private Fs() {}

  /// The type and flag bits of Go's os.FileMode, besides the nine permissions.
  public static final int DIRECTORY = 1 << 31;

  public static final int SYMLINK = 1 << 27;
  public static final int DEVICE = 1 << 26;
  public static final int FIFO = 1 << 25;
  public static final int SOCKET = 1 << 24;
  public static final int SET_USER = 1 << 23;
  public static final int SET_GROUP = 1 << 22;
  public static final int CHARACTER_DEVICE = 1 << 21;
  public static final int STICKY = 1 << 20;
  public static final int IRREGULAR = 1 << 19;

  /// What makes a file something else than a regular one.
  public static final int TYPES =
      DIRECTORY | SYMLINK | DEVICE | FIFO | SOCKET | CHARACTER_DEVICE | IRREGULAR;

  public enum Kind {
    STAT(0),
    REQUEST(1),
    DATA(2),
    FIN(3),
    ERROR(4);

    private final int number;

    Kind(int number) {
      this.number = number;
    }

    private static Kind of(long number) throws IOException {
      for (Kind kind : values()) {
        if (kind.number == number) {
          return kind;
        }
      }
      throw new IOException("a packet of the unknown kind " + number);
    }
  }

  /// @param id the file's place in the list, for REQUEST and DATA
  /// @param data a piece of a file, or the text of an error
  public record Packet(Kind kind, Optional<Stat> stat, int id, byte[] data) implements Message {
    private static final byte[] NONE = {};

    public static Packet stat(Stat stat) {
      return new Packet(Kind.STAT, Optional.of(stat), 0, NONE);
    }

    public static Packet endOfList() {
      return new Packet(Kind.STAT, Optional.empty(), 0, NONE);
    }

    public static Packet request(int id) {
      return new Packet(Kind.REQUEST, Optional.empty(), id, NONE);
    }

    public static Packet data(int id, byte[] data) {
      return new Packet(Kind.DATA, Optional.empty(), id, data);
    }

    public static Packet fin() {
      return new Packet(Kind.FIN, Optional.empty(), 0, NONE);
    }

    public static Packet read(ProtoReader in) throws IOException {
      long kind = 0;
      Optional<Stat> stat = Optional.empty();
      long id = 0;
      byte[] data = NONE;
      for (int field = in.next(); field != 0; field = in.next()) {
        switch (field) {
          case 1 -> kind = in.number();
          case 2 -> stat = Optional.of(in.message(Stat::read));
          case 3 -> id = in.number();
          case 4 -> data = in.bytes();
          default -> in.skip();
        }
      }
      return new Packet(Kind.of(kind), stat, (int) id, data);
    }

    @Override
    public void write(ProtoWriter out) throws IOException {
      out.number(1, kind.number).message(2, stat).number(3, Integer.toUnsignedLong(id));
      out.bytes(4, data);
    }
  }

  /// @param path without leading slash
  /// @param mode of Go's os.FileMode
  /// @param modified nanoseconds since 1970
  /// @param link the target of a symbolic link, or the path of the file of which this is another
  ///   name
  public record Stat(
      String path,
      int mode,
      int uid,
      int gid,
      long size,
      long modified,
      String link,
      long deviceMajor,
      long deviceMinor,
      Map<String, byte[]> xattrs)
      implements Message {
    static Stat read(ProtoReader in) throws IOException {
      String path = "";
      int mode = 0;
      int uid = 0;
      int gid = 0;
      long size = 0;
      long modified = 0;
      String link = "";
      long major = 0;
      long minor = 0;
      Map<String, byte[]> xattrs = new LinkedHashMap<>();
      for (int field = in.next(); field != 0; field = in.next()) {
        switch (field) {
          case 1 -> path = in.text();
          case 2 -> mode = (int) in.number();
          case 3 -> uid = (int) in.number();
          case 4 -> gid = (int) in.number();
          case 5 -> size = in.number();
          case 6 -> modified = in.number();
          case 7 -> link = in.text();
          case 8 -> major = in.number();
          case 9 -> minor = in.number();
          case 10 -> in.entry(xattrs, new byte[0], ProtoReader::bytes);
          default -> in.skip();
        }
      }
      return new Stat(path, mode, uid, gid, size, modified, link, major, minor, xattrs);
    }

    public boolean isDirectory() {
      return (mode & DIRECTORY) != 0;
    }

    public boolean isSymlink() {
      return (mode & SYMLINK) != 0;
    }

    public boolean isRegular() {
      return (mode & TYPES) == 0;
    }

    @Override
    public void write(ProtoWriter out) throws IOException {
      out.text(1, path).number(2, Integer.toUnsignedLong(mode));
      out.number(3, Integer.toUnsignedLong(uid)).number(4, Integer.toUnsignedLong(gid));
      out.number(5, size).number(6, modified).text(7, link).number(8, deviceMajor);
      out.number(9, deviceMinor).bytesMap(10, xattrs);
    }
  }
}
