package graft.build.source;

import graft.build.source.Copier.Owner;
import graft.build.source.FileSource.Kind;
import graft.build.source.FileSource.Node;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// Who `--chown` means: names are looked up in the image's own files. A name that is not there is
/// root, as with BuildKit; a user's number is the group's, too, if none is given.
public final class Owners {
  private static final int LARGEST = 4 << 20;

  private Owners() {}

  /// @param text `user`, `user:group`, `:group`; names or numbers
  public static Owner find(String text, FileSource image) throws IOException {
    int colon = text.indexOf(':');
    String user = colon < 0 ? text : text.substring(0, colon);
    String group = colon < 0 ? "" : text.substring(colon + 1);
    long uid = 0;
    long gid = 0;
    if (isNumber(user)) {
      uid = Long.parseLong(user);
      gid = uid;
    } else if (!user.isEmpty()) {
      Optional<String[]> entry = entry(image, "etc/passwd", user, 4);
      if (entry.isPresent()) {
        uid = Long.parseLong(entry.get()[2]);
        gid = isNumber(entry.get()[3]) ? Long.parseLong(entry.get()[3]) : 0;
      }
    }
    if (isNumber(group)) {
      gid = Long.parseLong(group);
    } else if (!group.isEmpty()) {
      gid = entry(image, "etc/group", group, 3).map(e -> Long.parseLong(e[2])).orElse(0L);
    }
    return new Owner(uid, gid);
  }

  private static boolean isNumber(String text) {
    return text.matches("[0-9]{1,10}") && Long.parseLong(text) <= 0xffffffffL;
  }

  private static Optional<String[]> entry(FileSource image, String file, String name, int fields)
      throws IOException {
    String path = Lookup.resolve(image::stat, file, true);
    Optional<Node> node = image.stat(path).filter(n -> n.kind() == Kind.FILE);
    if (node.isEmpty()) {
      return Optional.empty();
    }
    try (InputStream in = image.open(path)) {
      String text = new String(in.readNBytes(LARGEST), StandardCharsets.UTF_8);
      return text.lines()
          .map(l -> l.strip().split(":", -1))
          .filter(f -> f.length >= fields && f[0].equals(name) && isNumber(f[2]))
          .findFirst();
    }
  }
}
