package graft.linux;

import java.io.Closeable;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// An open file of a kind the JDK cannot open: a pipe, a fifo, a SOCK_SEQPACKET socket, a pidfd.
///
/// The file is in non-blocking mode and registered, edge-triggered, with the one [Poller] thread of
/// the process. A caller that must wait parks on a semaphore: on a virtual thread this costs
/// nothing, so hundreds of attached clients and awaited containers share one platform thread.
/// Backpressure is the kernel's: what nobody reads stays in the socket. One reader and one writer
/// at a time.
public final class Descriptor implements Closeable {
  private static final Native.Function READ = Native.ofLong("read", 3);
  private static final Native.Function WRITE = Native.ofLong("write", 3);
  private static final Native.Function OPEN = Native.ofInt("open", 3);
  private static final Native.Function CLOSE = Native.ofInt("close", 1);
  private static final Native.Function PIPE2 = Native.ofInt("pipe2", 2);
  private static final Native.Function FCNTL = Native.ofInt("fcntl", 3);
  private static final Native.Function SOCKET = Native.ofInt("socket", 3);
  private static final Native.Function CONNECT = Native.ofInt("connect", 3);
  private static final Native.Function SHUTDOWN = Native.ofInt("shutdown", 2);

  private static final Native.Function IOCTL = Native.ofInt("ioctl", 3);

  private static final long TIOCSWINSZ = 0x5414;
  private static final int O_RDONLY = 0;
  private static final int O_WRONLY = 1;
  private static final int O_NONBLOCK = 0x800;
  private static final int O_CLOEXEC = 0x80000;
  private static final int O_PATH = 0x200000;
  private static final int F_DUPFD_CLOEXEC = 1030;
  private static final int F_SETFL = 4;
  private static final int AF_UNIX = 1;
  private static final int SOCK_DGRAM = 2;
  private static final int SOCK_SEQPACKET = 5;
  private static final int SHUT_WR = 1;
  private static final int SUN_PATH = 108;

  /// How long a listener may leave its queue full, in pauses of 1 ms.
  private static final long CONNECT_MILLIS = 10_000;

  /// Descriptors below this one are given to children as they are numbered there, so none of ours
  /// may lie in the way.
  private static final int LOWEST = 32;

  private final int fd;
  private final String name;
  private final @Nullable Long watch;
  private final Semaphore readable;
  private final Semaphore writable = new Semaphore(0);
  private @Nullable MemorySegment input;
  private @Nullable MemorySegment output;
  private boolean closed;

  /// The two ends of a pipe.
  public record Pipe(Descriptor reader, Descriptor writer) {}

  private Descriptor(int fd, String name, boolean watched) throws IOException {
    this(fd, name, watched, new Semaphore(0));
  }

  private Descriptor(int fd, String name, boolean watched, Semaphore readable) throws IOException {
    this.fd = fd;
    this.name = name;
    this.readable = readable;
    Long key = null;
    if (watched) {
      try {
        key = Poller.add(this, fd);
      } catch (IOException e) {
        closeQuietly(fd);
        throw e;
      }
    }
    this.watch = key;
  }

  /// Takes over a descriptor that is in non-blocking mode, or a pidfd.
  static Descriptor of(int fd, String name) throws IOException {
    return new Descriptor(fd, name, true);
  }

  /// The same with a semaphore of the caller, see [#pipe(boolean, Semaphore)].
  static Descriptor of(int fd, String name, Semaphore readable) throws IOException {
    return new Descriptor(fd, name, true, readable);
  }

  /// A pipe; `ourReader` tells which end stays here (and does not block) and which one is for a
  /// child.
  public static Pipe pipe(boolean ourReader) throws IOException {
    return pipe(ourReader, new Semaphore(0));
  }

  /// The same, and the reader shares the semaphore with others: it has a permit when any of them
  /// has become readable, so one thread can wait for several and try each ([#readNow]).
  public static Pipe pipe(boolean ourReader, Semaphore readable) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      MemorySegment ends = arena.allocate(8);
      if (PIPE2.call(errno, ends.address(), O_CLOEXEC) < 0) {
        throw new LinuxException("pipe", "", Native.errno(errno));
      }
      int reader = raise(ends.get(ValueLayout.JAVA_INT, 0));
      int writer = raise(ends.get(ValueLayout.JAVA_INT, 4));
      int ours = ourReader ? reader : writer;
      if (FCNTL.call(errno, ours, F_SETFL, O_NONBLOCK) < 0) {
        throw new LinuxException("fcntl", "pipe", Native.errno(errno));
      }
      return new Pipe(
          new Descriptor(reader, "pipe", ourReader, readable),
          new Descriptor(writer, "pipe", !ourReader));
    }
  }

  /// Opens the writing end of a fifo that somebody reads; ENXIO if nobody does.
  public static Descriptor openFifo(Path path) throws IOException {
    return new Descriptor(
        open(path.toString(), O_WRONLY | O_NONBLOCK | O_CLOEXEC), path.toString(), true);
  }

  /// Opens the reading end of a fifo, whether or not somebody is about to write.
  public static Descriptor openFifoToRead(Path path) throws IOException {
    return new Descriptor(
        open(path.toString(), O_RDONLY | O_NONBLOCK | O_CLOEXEC), path.toString(), true);
  }

  /// Connects to a SOCK_SEQPACKET socket. The address of a unix socket has room for 107 bytes of
  /// path, so a longer path is named through a descriptor of its directory.
  public static Descriptor connectSeqPacket(Path path) throws IOException {
    return connect(path, SOCK_SEQPACKET);
  }

  /// The same for a SOCK_DGRAM socket.
  public static Descriptor connectDatagram(Path path) throws IOException {
    return connect(path, SOCK_DGRAM);
  }

  private static Descriptor connect(Path path, int type) throws IOException {
    Path parent = path.toAbsolutePath().getParent();
    Path file = path.getFileName();
    if (parent == null || file == null) {
      throw new IOException("connect " + path + ": not the path of a socket");
    }
    int directory = open(parent.toString(), O_PATH | O_CLOEXEC);
    try (Arena arena = Arena.ofConfined()) {
      String address = "/proc/self/fd/" + directory + "/" + file;
      MemorySegment text = arena.allocateFrom(address);
      if (text.byteSize() > SUN_PATH) {
        throw new IOException("connect " + path + ": name too long for a socket");
      }
      MemorySegment errno = Native.errnoBuffer(arena);
      int socket = (int) SOCKET.call(errno, AF_UNIX, type | O_NONBLOCK | O_CLOEXEC, 0);
      if (socket < 0) {
        throw new LinuxException("socket", "", Native.errno(errno));
      }
      socket = raise(socket);
      MemorySegment sockaddr = arena.allocate(2 + SUN_PATH);
      sockaddr.set(ValueLayout.JAVA_SHORT, 0, (short) AF_UNIX);
      MemorySegment.copy(text, 0, sockaddr, 2, text.byteSize());
      long patience = CONNECT_MILLIS;
      while (CONNECT.call(errno, socket, sockaddr.address(), 2 + SUN_PATH) < 0) {
        int code = Native.errno(errno);
        // Not "in progress", as with TCP: the queue of the listener is full, and there is no event
        // that tells when it is not.
        if (code != Errno.EAGAIN || patience-- == 0) {
          closeQuietly(socket);
          throw new LinuxException("connect", path.toString(), code);
        }
        try {
          pause();
        } catch (IOException e) {
          closeQuietly(socket);
          throw e;
        }
      }
      return new Descriptor(socket, path.toString(), true);
    } finally {
      closeQuietly(directory);
    }
  }

  /// Its number in this process, good until it is closed.
  public int number() {
    return fd;
  }

  /// Called by the poller.
  void ready(boolean in, boolean out) {
    if (in && readable.availablePermits() == 0) {
      readable.release();
    }
    if (out && writable.availablePermits() == 0) {
      writable.release();
    }
  }

  /// Reads what is there, at most `length`; waits for at least one byte (or one packet). -1 at the
  /// end.
  public int read(byte[] into, int offset, int length) throws IOException {
    while (true) {
      int n = transfer(READ, into, offset, length, true);
      if (n > 0) {
        return n;
      }
      if (n == 0) {
        return -1;
      }
      await(readable);
    }
  }

  /// Reads what is there without waiting: 0 if there is nothing now, -1 at the end.
  public int readNow(byte[] into, int offset, int length) throws IOException {
    int n = transfer(READ, into, offset, length, true);
    return n == 0 ? -1 : Math.max(n, 0);
  }

  /// Everything up to the end, but no more than `limit` bytes.
  public byte[] readAll(int limit) throws IOException {
    byte[] all = new byte[limit];
    int size = 0;
    while (size < limit) {
      int n = read(all, size, limit - size);
      if (n < 0) {
        break;
      }
      size += n;
    }
    return java.util.Arrays.copyOf(all, size);
  }

  /// Writes all of it, waiting as needed. On a packet socket the bytes are one packet.
  public void write(byte[] from, int offset, int length) throws IOException {
    int done = 0;
    while (done < length) {
      int n = transfer(WRITE, from, offset + done, length - done, false);
      if (n < 0) {
        await(writable);
      } else {
        done += n;
      }
    }
  }

  /// Waits until there is something to read; for a pidfd, until the process has ended.
  public void awaitReadable() throws InterruptedException {
    readable.acquire();
    readable.release();
  }

  /// The same with a limit; false if it passed.
  public boolean awaitReadable(long millis) throws InterruptedException {
    if (!readable.tryAcquire(millis, TimeUnit.MILLISECONDS)) {
      return false;
    }
    readable.release();
    return true;
  }

  /// Waits until something may have become readable since it was last tried ([#readNow]); false if
  /// the time passed.
  boolean awaitNews(long millis) throws InterruptedException {
    return readable.tryAcquire(millis, TimeUnit.MILLISECONDS);
  }

  /// Tells a terminal its size, in characters; false if it is closed.
  public synchronized boolean resize(int columns, int rows) throws IOException {
    if (closed) {
      return false;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      MemorySegment size = arena.allocate(8, 8); // struct winsize
      size.set(ValueLayout.JAVA_SHORT, 0, (short) rows);
      size.set(ValueLayout.JAVA_SHORT, 2, (short) columns);
      if (IOCTL.call(errno, fd, TIOCSWINSZ, size.address()) != 0) {
        throw new LinuxException("resize", name, Native.errno(errno));
      }
      return true;
    }
  }

  /// No more will be written to this socket; the peer reads the end.
  public synchronized void shutdownWrite() throws IOException {
    if (closed) {
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      if (SHUTDOWN.call(errno, fd, SHUT_WR) < 0) {
        throw new LinuxException("shutdown", name, Native.errno(errno));
      }
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      if (watch != null) {
        Poller.remove(watch);
      }
      closeQuietly(fd);
    }
    ready(true, true);
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(1);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException)
          new InterruptedIOException("interrupted while waiting for a listener").initCause(e);
    }
  }

  private static void await(Semaphore semaphore) throws IOException {
    try {
      semaphore.acquire();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw (IOException)
          new InterruptedIOException("interrupted while waiting for I/O").initCause(e);
    }
  }

  /// One call of read or write: the count, or -1 if it would block.
  private synchronized int transfer(
      Native.Function call, byte[] bytes, int offset, int length, boolean in) throws IOException {
    if (closed) {
      throw new IOException(name + " is closed");
    }
    MemorySegment buffer = in ? input : output;
    if (buffer == null || buffer.byteSize() < length) {
      buffer = Arena.ofAuto().allocate(Math.max(length, 4096));
      if (in) {
        input = buffer;
      } else {
        output = buffer;
      }
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      if (!in) {
        MemorySegment.copy(bytes, offset, buffer, ValueLayout.JAVA_BYTE, 0, length);
      }
      while (true) {
        long n = call.call(errno, fd, buffer.address(), length);
        if (n >= 0) {
          if (in) {
            MemorySegment.copy(buffer, ValueLayout.JAVA_BYTE, 0, bytes, offset, (int) n);
          }
          return (int) n;
        }
        int code = Native.errno(errno);
        if (code == Errno.EAGAIN) {
          return -1;
        }
        if (code != Errno.EINTR) {
          throw new LinuxException(in ? "read" : "write", name, code);
        }
      }
    }
  }

  private static int open(String path, int flags) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      int fd = (int) OPEN.call(errno, Native.string(arena, path), flags, 0);
      if (fd < 0) {
        throw new LinuxException("open", path, Native.errno(errno));
      }
      return raise(fd);
    }
  }

  private static int raise(int fd) throws IOException {
    if (fd >= LOWEST) {
      return fd;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      int higher = (int) FCNTL.call(errno, fd, F_DUPFD_CLOEXEC, LOWEST);
      int code = Native.errno(errno);
      closeQuietly(fd);
      if (higher < 0) {
        throw new LinuxException("fcntl", "F_DUPFD_CLOEXEC", code);
      }
      return higher;
    }
  }

  static void closeQuietly(int fd) {
    try (Arena arena = Arena.ofConfined()) {
      CLOSE.call(Native.errnoBuffer(arena), fd);
    }
  }
}
