package graft.rebase;

import graft.facts.Contents;
import graft.facts.Entry;
import graft.oci.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// Contents of small files, each read once: those of a base are asked for by every image.
final class Texts {
  /// More than any database that is merged; what is larger is not read.
  static final long LARGEST = 64 << 20;

  /// Of which more than one image is likely to ask.
  private static final long KEPT = 16 << 20;

  private final Contents contents;
  private final Map<Digest, byte[]> read = new ConcurrentHashMap<>();

  Texts(Contents contents) {
    this.contents = contents;
  }

  /// What a file has; empty if there is none or it is too large.
  Optional<byte[]> bytes(Digest layer, String path, Optional<Entry> entry) {
    if (!(entry.orElse(null) instanceof Entry.File file) || file.size() > LARGEST) {
      return Optional.empty();
    }
    byte[] known = read.get(file.content());
    if (known != null) {
      return Optional.of(known);
    }
    try (InputStream in = contents.open(layer, path)) {
      byte[] bytes = in.readNBytes((int) LARGEST);
      if (bytes.length <= KEPT) {
        read.put(file.content(), bytes);
      }
      return Optional.of(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read /" + path + " of layer " + layer, e);
    }
  }

  Optional<byte[]> base(Base base, String path) {
    return base.root().find(path).isEmpty()
        ? Optional.empty()
        : bytes(base.diffIdOf(path), path, base.root().find(path));
  }

  Optional<byte[]> own(Own own, String path) {
    return own.find(path).isEmpty()
        ? Optional.empty()
        : bytes(own.diffIdOf(path), path, own.find(path));
  }

  /// The text at a path of both, links followed; as Latin-1.
  Optional<String> of(View view, String path) {
    return view.resolve(path)
        .flatMap(real -> view.isOwn(real) ? own(view.own(), real) : base(view.base(), real))
        .map(bytes -> new String(bytes, StandardCharsets.ISO_8859_1));
  }
}
