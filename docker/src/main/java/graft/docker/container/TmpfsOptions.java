package graft.docker.container;

import graft.error.GraftException;
import graft.runtime.Spec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The options of a tmpfs: Docker's defaults, and over them the user's.
final class TmpfsOptions {
  private static final List<String> DEFAULTS = List.of("noexec", "nosuid", "nodev", "rprivate");
  private static final Map<String, String> OPPOSITES =
      Map.of("exec", "noexec", "suid", "nosuid", "dev", "nodev");
  private static final Set<String> FLAGS =
      Set.of(
          "defaults",
          "ro",
          "rw",
          "suid",
          "nosuid",
          "dev",
          "nodev",
          "exec",
          "noexec",
          "sync",
          "async",
          "dirsync",
          "atime",
          "noatime",
          "diratime",
          "nodiratime",
          "relatime",
          "norelatime",
          "strictatime",
          "nostrictatime",
          "private",
          "rprivate",
          "shared",
          "rshared",
          "slave",
          "rslave",
          "unbindable",
          "runbindable");
  private static final Set<String> VALUES =
      Set.of("size", "mode", "uid", "gid", "nr_inodes", "nr_blocks", "mpol", "huge");

  private TmpfsOptions() {}

  static Spec.Mount mount(String target, List<String> asked) {
    List<String> options = new ArrayList<>(DEFAULTS);
    for (String word : asked) {
      int equals = word.indexOf('=');
      boolean known =
          equals < 0 ? FLAGS.contains(word) : VALUES.contains(word.substring(0, equals));
      if (!known) {
        throw GraftException.invalid("invalid tmpfs option \"" + word + "\"");
      }
      String opposite = OPPOSITES.get(word);
      if (opposite != null) {
        options.remove(opposite);
      }
      if (!word.equals("defaults") && !options.contains(word)) {
        options.add(word);
      }
    }
    return new Spec.Mount(target, "tmpfs", "tmpfs", options);
  }
}
