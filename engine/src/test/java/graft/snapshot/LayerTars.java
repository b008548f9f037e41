package graft.snapshot;

import graft.layer.TarEntry;
import graft.layer.TarEntry.Name;
import graft.layer.TarEntry.Type;
import graft.layer.TarWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// Layers as tests want them, from entries and `path=content`.
final class LayerTars {
  static final Instant T = Instant.ofEpochSecond(1_700_000_000L, 123_456_789);

  private LayerTars() {}

  static TarEntry entry(
      String path, Type type, int mode, long size, String link, Map<String, Name> xattrs) {
    return new TarEntry(
        Name.of(path), type, mode, 1234, 70000, size, T, Name.of(link), 0, 0, xattrs);
  }

  static byte[] tar(Object... entriesAndContents) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarWriter writer = new TarWriter(bytes)) {
      for (Object o : entriesAndContents) {
        switch (o) {
          case TarEntry e -> writer.write(e);
          case String s -> {
            int eq = s.indexOf('=');
            byte[] content = s.substring(eq + 1).getBytes(StandardCharsets.UTF_8);
            writer.write(
                entry(s.substring(0, eq), Type.FILE, 0644, content.length, "", Map.of()),
                new ByteArrayInputStream(content));
          }
          default -> throw new IllegalArgumentException(o.toString());
        }
      }
    }
    return bytes.toByteArray();
  }

  static TarEntry dir(String path) {
    return entry(path, Type.DIRECTORY, 0755, 0, "", Map.of());
  }

  static TarEntry symlink(String path, String target) {
    return entry(path, Type.SYMLINK, 0777, 0, target, Map.of());
  }

  /// One byte at the beginning of a file of this size.
  static byte[] sparse(long size) throws IOException {
    byte[] plain = tar("f=1");
    String record = " GNU.sparse.size=" + size + "\n";
    String map = "22 GNU.sparse.map=0,1\n";
    String records = (record.length() + 2) + record + map;
    byte[] header = java.util.Arrays.copyOf(plain, 512);
    header[156] = 'x';
    byte[] length = String.format("%011o", records.length()).getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(length, 0, header, 124, length.length);
    java.util.Arrays.fill(header, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte b : header) {
      sum += b & 0xff;
    }
    byte[] checksum = String.format("%06o", sum).getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(checksum, 0, header, 148, checksum.length);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(header);
    all.writeBytes(java.util.Arrays.copyOf(records.getBytes(StandardCharsets.US_ASCII), 512));
    // The entry itself, behind the PAX header that the writer made for its time.
    all.writeBytes(java.util.Arrays.copyOfRange(plain, 1024, plain.length));
    return all.toByteArray();
  }

  /// A dozen entries of few names, so that they meet.
  static byte[] collisions(Random random) throws IOException {
    List<Object> all = new ArrayList<>();
    for (int i = 3 + random.nextInt(12); i > 0; i--) {
      String path = "ab".charAt(random.nextInt(2)) + "";
      for (int depth = random.nextInt(3); depth > 0; depth--) {
        path += "/" + "ab".charAt(random.nextInt(2));
      }
      String other = "ab".charAt(random.nextInt(2)) + (random.nextBoolean() ? "" : "/a");
      all.add(
          switch (random.nextInt(10)) {
            case 0 -> symlink(path, "/" + other);
            case 1 -> entry(path, Type.HARDLINK, 0644, 0, other, Map.of());
            case 2 -> dir(path);
            case 3 -> path.replaceAll("([ab])$", ".wh.$1") + "=" + "m".repeat(random.nextInt(3));
            default -> path + "=" + "content ".repeat(random.nextInt(100)) + i;
          });
    }
    return tar(all.toArray());
  }
}
