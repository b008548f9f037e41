package graft.build.output;

import graft.build.Builds.Difference;
import graft.image.Image;
import graft.layer.Limits;
import graft.layer.TarEntry;
import graft.layer.TarReader;
import graft.oci.Digest;
import graft.oci.ImageConfig.History;
import graft.snapshot.LayerStore;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// In what two images differ that should be the same: which file, which of its attributes, and the
/// step that made it.
public final class Reproduction {
  private final LayerStore layers;
  private final List<Difference> found = new ArrayList<>();

  private Reproduction(LayerStore layers) {
    this.layers = layers;
  }

  public static List<Difference> compare(LayerStore layers, Image a, Image b) throws IOException {
    Reproduction reproduction = new Reproduction(layers);
    reproduction.layers(a, b);
    reproduction.configs(a, b);
    return reproduction.found;
  }

  private void layers(Image a, Image b) throws IOException {
    List<String> steps =
        a.config().history().stream().filter(h -> !h.emptyLayer()).map(History::createdBy).toList();
    List<Digest> one = a.config().diffIds();
    List<Digest> other = b.config().diffIds();
    for (int i = 0; i < Math.min(one.size(), other.size()); i++) {
      if (!one.get(i).equals(other.get(i))) {
        // A base may have more layers than its history tells of.
        int step = i - (one.size() - steps.size());
        layer(step < 0 ? "" : steps.get(step), one.get(i), other.get(i));
      }
    }
    if (one.size() != other.size()) {
      found.add(new Difference("", "", "layers: " + one.size() + ", then " + other.size()));
    }
  }

  private void layer(String step, Digest a, Digest b) throws IOException {
    Map<String, Map<String, String>> one = entries(a);
    Map<String, Map<String, String>> other = entries(b);
    int before = found.size();
    Set<String> paths = new LinkedHashSet<>(one.keySet());
    paths.addAll(other.keySet());
    for (String path : paths) {
      Map<String, String> x = one.get(path);
      Map<String, String> y = other.get(path);
      if (x == null || y == null) {
        found.add(new Difference(step, path, x == null ? "only the second time" : "only at first"));
        continue;
      }
      x.forEach((attribute, value) -> {
        if (!Objects.equals(value, y.get(attribute))) {
          String change = attribute + ": " + value + ", then " + y.get(attribute);
          found.add(new Difference(step, path, change));
        }
      });
    }
    if (found.size() == before) {
      found.add(new Difference(step, "", "the same files in another order or form"));
    }
  }

  /// The attributes of each entry, in the order of the tar.
  private Map<String, Map<String, String>> entries(Digest layer) throws IOException {
    Map<String, Map<String, String>> all = new LinkedHashMap<>();
    try (InputStream in = layers.tar(layer)) {
      TarReader tar = new TarReader(in, Limits.DEFAULT, TarReader.Recorder.NONE);
      for (Optional<TarEntry> e = tar.next(); e.isPresent(); e = tar.next()) {
        all.put("/" + e.get().path(), attributes(e.get(), tar));
      }
    }
    return all;
  }

  private static Map<String, String> attributes(TarEntry e, TarReader tar) throws IOException {
    Map<String, String> all = new LinkedHashMap<>();
    all.put("type", e.type().toString());
    all.put("content", e.type() == TarEntry.Type.FILE ? content(tar) : "");
    all.put("size", Long.toString(e.size()));
    all.put("mode", Integer.toOctalString(e.mode()));
    all.put("owner", e.uid() + ":" + e.gid());
    all.put("link", e.linkTarget().toString());
    all.put("device", e.deviceMajor() + ":" + e.deviceMinor());
    all.put("xattrs", new TreeMap<>(e.xattrs()).toString());
    all.put("time", e.mtime().toString());
    return all;
  }

  private static String content(TarReader tar) throws IOException {
    MessageDigest sha = Digest.newSha256();
    byte[] buffer = new byte[64 << 10];
    for (int n = tar.read(buffer, 0, buffer.length);
        n >= 0;
        n = tar.read(buffer, 0, buffer.length)) {
      sha.update(buffer, 0, n);
    }
    return Digest.sha256(sha.digest()).shortHex();
  }

  private void configs(Image a, Image b) {
    if (!a.config().created().equals(b.config().created())) {
      found.add(
          new Difference(
              "",
              "",
              "created: " + text(a.config().created()) + ", then " + text(b.config().created())));
    }
    if (!a.config().config().equals(b.config().config())) {
      found.add(new Difference("", "", "the settings of the image"));
    }
  }

  private static String text(Optional<?> value) {
    return value.map(Object::toString).orElse("never");
  }
}
