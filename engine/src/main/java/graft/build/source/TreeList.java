package graft.build.source;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.github.luben.zstd.Zstd;
import graft.error.GraftException;
import graft.layer.Compression;
import graft.oci.Digest;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A [FileTree] as it is stored beside a recipe: JSON, packed by zstd, one object for each path in
/// their order.
///
/// ```
/// {"path":"src/a.c","type":"file","mode":420,"modified":"2026-01-02T03:04:05Z","size":3,"content":"sha256:…"}
/// {"path":"src/b","type":"link","mode":511,"modified":"…","target":"a.c"}
/// ```
public final class TreeList {
  private static final int FAST = 1;

  /// Unpacked bytes; a million files have about 200 MB.
  private static final long LARGEST = 1L << 30;

  private static final JsonFactory JSON = JsonMapper.builder().build().getFactory();

  private TreeList() {}

  public static byte[] write(FileTree tree) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(tree.entries().size() * 160 + 64);
    try (JsonGenerator json = JSON.createGenerator(out)) {
      json.setRootValueSeparator(null);
      for (Map.Entry<String, FileTree.Entry> one : tree.entries().entrySet()) {
        write(json, one.getKey(), one.getValue());
        json.writeRaw('\n');
      }
    } catch (IOException e) {
      throw GraftException.internal("cannot list the files of a context", e);
    }
    return Zstd.compress(out.toByteArray(), FAST);
  }

  private static void write(JsonGenerator json, String path, FileTree.Entry entry)
      throws IOException {
    FileTree.Attributes a = entry.attributes();
    json.writeStartObject();
    json.writeStringField("path", path);
    json.writeStringField(
        "type",
        switch (entry) {
          case FileTree.Directory _ -> "directory";
          case FileTree.File _ -> "file";
          case FileTree.Symlink _ -> "link";
        });
    json.writeNumberField("mode", a.mode());
    if (a.uid() != 0 || a.gid() != 0) {
      json.writeNumberField("uid", a.uid());
      json.writeNumberField("gid", a.gid());
    }
    json.writeStringField("modified", a.modified().toString());
    switch (entry) {
      case FileTree.Directory _ -> {}
      case FileTree.File f -> {
        json.writeNumberField("size", f.size());
        json.writeStringField("content", f.content().toString());
      }
      case FileTree.Symlink s -> json.writeStringField("target", s.target());
    }
    if (!a.xattrs().isEmpty()) {
      json.writeObjectFieldStart("xattrs");
      for (Map.Entry<String, byte[]> x : new TreeMap<>(a.xattrs()).entrySet()) {
        json.writeBinaryField(x.getKey(), x.getValue());
      }
      json.writeEndObject();
    }
    json.writeEndObject();
  }

  /// @throws GraftException CORRUPT
  public static FileTree read(byte[] packed) throws IOException {
    SortedMap<String, FileTree.Entry> all = new TreeMap<>();
    try (InputStream in =
            new Limited(
                Compression.decompress(new BufferedInputStream(new ByteArrayInputStream(packed))));
        JsonParser json = JSON.createParser(in)) {
      while (json.nextToken() != null) {
        read(json, all);
      }
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw corrupt(e.getOriginalMessage());
    }
    return new FileTree(all);
  }

  private static void read(JsonParser json, Map<String, FileTree.Entry> all) throws IOException {
    Map<String, String> texts = new HashMap<>();
    Map<String, byte[]> xattrs = new HashMap<>();
    if (json.currentToken() != JsonToken.START_OBJECT) {
      throw corrupt("there is something else than an object");
    }
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      if (json.nextToken() == JsonToken.START_OBJECT) {
        while (json.nextToken() == JsonToken.FIELD_NAME) {
          String attribute = json.currentName();
          json.nextToken();
          xattrs.put(attribute, Base64.getDecoder().decode(json.getText()));
        }
      } else {
        texts.put(name, json.getText());
      }
    }
    try {
      String path = text(texts, "path");
      if (!path.equals(Chosen.clean(path)) || path.isEmpty()) {
        throw corrupt("a path is \"" + path + "\"");
      }
      FileTree.Attributes attributes =
          new FileTree.Attributes(
              Integer.parseInt(text(texts, "mode")) & 07777,
              Integer.parseInt(texts.getOrDefault("uid", "0")),
              Integer.parseInt(texts.getOrDefault("gid", "0")),
              Instant.parse(text(texts, "modified")),
              xattrs);
      all.put(
          path,
          switch (text(texts, "type")) {
            case "directory" -> new FileTree.Directory(attributes);
            case "file" ->
                new FileTree.File(
                    attributes,
                    Long.parseLong(text(texts, "size")),
                    Digest.parse(text(texts, "content")));
            case "link" -> new FileTree.Symlink(attributes, text(texts, "target"));
            default -> throw corrupt("a type is \"" + texts.get("type") + "\"");
          });
    } catch (IllegalArgumentException | java.time.DateTimeException e) {
      throw corrupt(String.valueOf(e.getMessage()));
    }
  }

  private static String text(Map<String, String> texts, String name) {
    @Nullable String value = texts.get(name);
    if (value == null) {
      throw corrupt("an entry has no " + name);
    }
    return value;
  }

  private static GraftException corrupt(String why) {
    return new GraftException(
        GraftException.Kind.CORRUPT, "the list of the files of a context cannot be read: " + why);
  }

  private static final class Limited extends java.io.FilterInputStream {
    private long left = LARGEST;

    Limited(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int b = super.read();
      count(b < 0 ? 0 : 1);
      return b;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      int n = super.read(into, offset, length);
      count(Math.max(0, n));
      return n;
    }

    private void count(int n) {
      left -= n;
      if (left < 0) {
        throw corrupt("it is larger than " + LARGEST + " bytes");
      }
    }
  }

  // ---- the hash tree

  /// The root of the hash tree: a directory's hash is over the names, types, modes, owners and
  /// hashes of what is in it. Times do not count.
  public static Digest root(FileTree tree) {
    TreeMap<String, MessageDigest> directories = new TreeMap<>();
    directories.put("", Digest.newSha256());
    tree.entries()
        .forEach((path, entry) -> {
          if (entry instanceof FileTree.Directory) {
            directories.put(path, Digest.newSha256());
          }
        });
    // Deepest first, since a path sorts before what is below it.
    TreeMap<String, FileTree.Entry> entries = new TreeMap<>(tree.entries());
    for (Map.Entry<String, FileTree.Entry> one : entries.descendingMap().entrySet()) {
      String path = one.getKey();
      int slash = path.lastIndexOf('/');
      MessageDigest parent = directories.get(slash < 0 ? "" : path.substring(0, slash));
      if (parent == null) {
        throw new IllegalArgumentException("no directory above " + path);
      }
      byte[] own =
          switch (one.getValue()) {
            case FileTree.Directory _ ->
                java.util.Objects.requireNonNull(directories.remove(path)).digest();
            case FileTree.File f -> f.content().toString().getBytes(StandardCharsets.US_ASCII);
            case FileTree.Symlink s -> s.target().getBytes(StandardCharsets.UTF_8);
          };
      FileTree.Attributes a = one.getValue().attributes();
      add(parent, path.substring(slash + 1).getBytes(StandardCharsets.UTF_8));
      add(
          parent,
          (one.getValue().getClass().getSimpleName()
                  + ' '
                  + a.mode()
                  + ' '
                  + a.uid()
                  + ' '
                  + a.gid())
              .getBytes(StandardCharsets.US_ASCII));
      new TreeMap<>(a.xattrs())
          .forEach((name, value) -> {
            add(parent, name.getBytes(StandardCharsets.UTF_8));
            add(parent, value);
          });
      add(parent, own);
    }
    return Digest.sha256(java.util.Objects.requireNonNull(directories.get("")).digest());
  }

  /// With its length before it.
  private static void add(MessageDigest sha, byte[] bytes) {
    sha.update(java.nio.ByteBuffer.allocate(4).putInt(bytes.length).flip());
    sha.update(bytes);
  }
}
