package graft.content;

import graft.error.GraftException;
import graft.oci.Descriptor;
import graft.oci.Digest;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/// A content store for the tests of other rooms.
public final class MemoryContentStore implements ContentStore {
  private record Part(ByteArrayOutputStream bytes, long[] touched) {}

  private final Map<Digest, byte[]> blobs = new ConcurrentHashMap<>();
  private final Map<String, Part> parts = new ConcurrentHashMap<>();
  private final Set<String> open = ConcurrentHashMap.newKeySet();

  @Override
  public Optional<Info> info(Digest digest) {
    return Optional.ofNullable(blobs.get(digest)).map(b -> new Info(digest, b.length));
  }

  private byte[] blob(Digest digest) {
    byte[] bytes = blobs.get(digest);
    if (bytes == null) {
      throw GraftException.notFound("the content " + digest + " is not here");
    }
    return bytes;
  }

  @Override
  public InputStream open(Digest digest) {
    return new ByteArrayInputStream(blob(digest));
  }

  @Override
  public byte[] read(Digest digest, long limit) {
    byte[] bytes = blob(digest);
    if (bytes.length > limit) {
      throw GraftException.corrupt("the content " + digest + " is larger than " + limit);
    }
    return bytes.clone();
  }

  @Override
  public Ingest ingest(String ref) {
    if (!open.add(ref)) {
      throw GraftException.conflict("\"" + ref + "\" is being written by somebody else");
    }
    return new MemoryIngest(
        ref, parts.computeIfAbsent(ref, r -> new Part(new ByteArrayOutputStream(), new long[1])));
  }

  @Override
  public Ingest ingest() {
    return new MemoryIngest("", new Part(new ByteArrayOutputStream(), new long[1]));
  }

  @Override
  public Descriptor put(String mediaType, byte[] bytes) {
    Digest digest = Digest.of(bytes);
    blobs.putIfAbsent(digest, bytes.clone());
    return new Descriptor(mediaType, digest, bytes.length);
  }

  @Override
  public Stream<Info> list() {
    return blobs.entrySet().stream().map(e -> new Info(e.getKey(), e.getValue().length));
  }

  @Override
  public boolean delete(Digest digest) {
    return blobs.remove(digest) != null;
  }

  @Override
  public long dropPartsBefore(long cutoff) {
    long freed = 0;
    for (Map.Entry<String, Part> part : Map.copyOf(parts).entrySet()) {
      if (part.getValue().touched()[0] < cutoff && !open.contains(part.getKey())) {
        freed += part.getValue().bytes().size();
        parts.remove(part.getKey());
      }
    }
    return freed;
  }

  private final class MemoryIngest implements Ingest {
    private final String ref;
    private final Part part;
    private boolean done;

    MemoryIngest(String ref, Part part) {
      this.ref = ref;
      this.part = part;
    }

    @Override
    public long offset() {
      return part.bytes().size();
    }

    @Override
    public void write(ByteBuffer bytes) throws IOException {
      if (done) {
        throw new IOException("the ingest is closed");
      }
      byte[] copy = new byte[bytes.remaining()];
      bytes.get(copy);
      part.bytes().write(copy);
      part.touched()[0] = System.currentTimeMillis();
    }

    @Override
    public void restart() {
      part.bytes().reset();
    }

    @Override
    public Path path() {
      throw new UnsupportedOperationException("memory has no path");
    }

    @Override
    public void commit(long size, Digest expected) {
      if (done || part.bytes().size() == 0 && size != 0 && blobs.containsKey(expected)) {
        finish();
        return;
      }
      byte[] bytes = part.bytes().toByteArray();
      MessageDigest hash = expected.newHash();
      String actual = HexFormat.of().formatHex(hash.digest(bytes));
      finish();
      if (size >= 0 && bytes.length != size || !actual.equals(expected.hex())) {
        throw GraftException.corrupt("the content that came for " + expected + " is not that");
      }
      blobs.put(expected, bytes);
    }

    @Override
    public Digest commit() {
      byte[] bytes = part.bytes().toByteArray();
      Digest digest = Digest.of(bytes);
      blobs.put(digest, Arrays.copyOf(bytes, bytes.length));
      finish();
      return digest;
    }

    private void finish() {
      done = true;
      parts.remove(ref);
    }

    @Override
    public void close() {
      open.remove(ref);
      done = true;
    }
  }
}
