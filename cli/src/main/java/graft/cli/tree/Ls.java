package graft.cli.tree;

import graft.cli.http.Engine;
import graft.cli.json.Json;
import graft.cli.output.Human;
import graft.cli.output.Table;
import graft.cli.verb.ImagePath;
import graft.cli.verb.Line;
import graft.cli.verb.Listing;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.IOException;

/// `graft ls IMAGE:/path`.
final class Ls implements Verb {
  @Override
  public Options options() {
    return new Options("ls", "List files of an image, without making a container")
        .arguments(1, 1, "IMAGE[:/PATH]")
        .listed("Only print the names")
        .details("LAYER is the topmost layer that has the file; 'graft blame' tells its story.")
        .example("graft ls busybox:/etc", "a directory of busybox")
        .example("graft ls -q busybox:/bin | wc -l", "how many commands it has");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    ImagePath what = ImagePath.of(line.argument(0));
    Json answer = engine.get(what.route() + "/files" + Engine.query("path", what.path()));
    if (Listing.raw(line, answer)) {
      return 0;
    }
    Table table =
        new Table(
            "Mode=MODE",
            "Owner=OWNER",
            "Size=SIZE",
            "Modified=MODIFIED",
            "Layer=LAYER",
            "Path=NAME",
            " Name=NAME",
            " Type=TYPE",
            " Link=LINK");
    for (Json entry : answer.at("entries").items()) {
      String name = entry.at("name").text();
      String link = entry.at("link").text();
      table.add(
          letter(entry.at("type").text()) + permissions(entry.at("mode").text()),
          entry.at("uid").number() + ":" + entry.at("gid").number(),
          Human.size(entry.at("size").number()),
          minutes(entry.at("mtime").text()),
          Human.shortId(entry.at("layer").text()),
          name + (link.isEmpty() ? "" : " -> " + link),
          name,
          entry.at("type").text(),
          link);
    }
    Listing.print(line, table, "Name");
    return 0;
  }

  private static char letter(String type) {
    return switch (type) {
      case "directory" -> 'd';
      case "symlink" -> 'l';
      case "char" -> 'c';
      case "block" -> 'b';
      case "fifo" -> 'p';
      case "socket" -> 's';
      default -> '-';
    };
  }

  /// `0755` as `rwxr-xr-x`, with the letters of ls for set-user-ID, set-group-ID and sticky.
  static String permissions(String octal) {
    int mode = octal.isEmpty() ? 0 : Integer.parseInt(octal, 8);
    StringBuilder out = new StringBuilder(9);
    for (int bit = 8; bit >= 0; bit--) {
      out.append((mode >> bit & 1) == 0 ? '-' : "xwr".charAt(bit % 3));
    }
    special(out, 2, (mode & 04000) != 0, 's');
    special(out, 5, (mode & 02000) != 0, 's');
    special(out, 8, (mode & 01000) != 0, 't');
    return out.toString();
  }

  private static void special(StringBuilder out, int at, boolean set, char letter) {
    if (set) {
      out.setCharAt(at, out.charAt(at) == 'x' ? letter : Character.toUpperCase(letter));
    }
  }

  private static String minutes(String time) {
    return time.length() < 16 ? time : time.substring(0, 10) + " " + time.substring(11, 16);
  }
}
