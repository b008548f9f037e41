package graft.rebase;

import graft.elf.Missing;
import java.util.List;

/// Why an image's own layers cannot simply be put on another base. Paths are without the slash at
/// the start.
public sealed interface Reason {
  /// The image's own layer that is the trouble, counted from 0 above the base; 0 where it is the
  /// base's change itself.
  int layer();

  /// One sentence without its full stop.
  String text();

  /// C1: both changed a file that nobody knows how to merge.
  record Shadowed(int layer, String path) implements Reason {
    @Override
    public String text() {
      return "/" + path + " was changed by the image and by the new base";
    }
  }

  /// C1: both changed entries of a file of records.
  ///
  /// @param keys of the records: `libssl3:amd64`
  record Clash(int layer, String path, List<String> keys) implements Reason {
    public Clash {
      keys = List.copyOf(keys);
    }

    @Override
    public String text() {
      return "the image and the new base have changed "
          + shown(keys)
          + " in /"
          + path
          + ", each in its own way";
    }
  }

  /// C1: a database that is not merged.
  record OpaqueDatabase(int layer, String path, String what) implements Reason {
    @Override
    public String text() {
      return "/" + path + " was changed by the image and by the new base: it is " + what;
    }
  }

  /// C1: a file that is merged, but larger than what is read.
  record TooLarge(int layer, String path, long size) implements Reason {
    @Override
    public String text() {
      return "/" + path + " would have to be written anew, and has " + size + " bytes";
    }
  }

  /// C2: the image removed what the new base has in another form.
  record Removed(int layer, String path, String changed) implements Reason {
    @Override
    public String text() {
      return "the image removed /"
          + path
          + (path.equals(changed) ? "" : ", and with it /" + changed)
          + ", which is new or another in the new base";
    }
  }

  /// C3: a directory of the image's is something else in the new base.
  record Ancestor(int layer, String path, String now) implements Reason {
    @Override
    public String text() {
      return "/"
          + path
          + ", a directory in which the image has files, is "
          + now
          + " in the new base";
    }
  }

  /// C4: a package's wishes that the packages together do not fulfil.
  ///
  /// @param wish `Depends: libssl3 (>= 3.0.9)`
  record Unsatisfied(int layer, String installed, String wish) implements Reason {
    @Override
    public String text() {
      return "the package " + installed + " would not get along with the others: " + wish;
    }
  }

  /// C4
  record SharedFile(int layer, String path, String mine, String theirs) implements Reason {
    @Override
    public String text() {
      return "/" + path + " is of the image's package " + mine + " and of the new base's " + theirs;
    }
  }

  /// C4: another distribution, or another release of it.
  record Release(String old, String now) implements Reason {
    @Override
    public int layer() {
      return 0;
    }

    @Override
    public String text() {
      return "the base was " + old + ", and the new one is " + now;
    }
  }

  /// C5: what the image's program or library found before.
  record Unlinked(int layer, String path, List<Missing> lost) implements Reason {
    public Unlinked {
      lost = List.copyOf(lost);
    }

    @Override
    public String text() {
      return "/" + path + " would not find " + shown(lost.stream().map(Missing::toString).toList());
    }
  }

  /// C5, the other way round: a program of the new base would get a library of the image's.
  record Overridden(int layer, String path, String library, List<Missing> lost) implements Reason {
    public Overridden {
      lost = List.copyOf(lost);
    }

    @Override
    public String text() {
      return "/"
          + path
          + " of the new base would get the image's /"
          + library
          + " and not find "
          + shown(lost.stream().map(Missing::toString).toList());
    }
  }

  /// C6
  record Interpreter(int layer, String path, String interpreter) implements Reason {
    @Override
    public String text() {
      return "the script /"
          + path
          + " is for "
          + interpreter
          + ", which the new base does not have";
    }
  }

  /// C6
  ///
  /// @param runtime `python3.11`
  record Runtime(int layer, String path, String runtime) implements Reason {
    @Override
    public String text() {
      return "/" + path + " is for " + runtime + ", which the new base does not have";
    }
  }

  /// C7
  ///
  /// @param kind `user` or `group`
  record Identity(int layer, String kind, long id, String own, String now) implements Reason {
    @Override
    public String text() {
      return "the "
          + kind
          + " "
          + id
          + " is \""
          + own
          + "\" in the image and \""
          + now
          + "\" in the new base";
    }
  }

  /// C8
  ///
  /// @param field `Entrypoint`
  record Setting(String field, String value) implements Reason {
    @Override
    public int layer() {
      return 0;
    }

    @Override
    public String text() {
      return "the image's setting " + field + " names " + value + ", which is not there any more";
    }
  }

  /// C9
  ///
  /// @param why nothing makes it anew, half a sentence
  record Derived(int layer, String path, String generator, String input, String why)
      implements Reason {
    @Override
    public String text() {
      return "/"
          + path
          + " would have to be made anew by "
          + generator
          + ", for the new base has"
          + " another /"
          + input
          + "; "
          + why;
    }
  }

  /// The layer was not read whole, so nobody can say.
  record Unread(int layer, String path, String why) implements Reason {
    @Override
    public String text() {
      return "/" + path + " of the layer could not be looked at: " + why;
    }
  }

  /// It reads what a step below it makes, which is made anew.
  record Follows(int layer, int rerun) implements Reason {
    @Override
    public String text() {
      return "it stands on layer " + (rerun + 1) + ", which is made anew";
    }
  }

  /// What would help.
  default String unblock() {
    return switch (this) {
      case Shadowed s -> "build the image again on the new base, or let it not touch /" + s.path();
      case Release r -> "allow another release, if you have tested it: --allow-release-change";
      case Identity i -> "give the image's " + i.kind() + " an id that the base does not use";
      case OpaqueDatabase _ ->
          "build the image again on the new base, so that its packages are installed there; with the"
              + " recipe of a build, Graft does it. --force keeps the image's database, which says"
              + " nothing then of what the new base has updated";
      case TooLarge _,
          Clash _,
          Removed _,
          Ancestor _,
          Unsatisfied _,
          SharedFile _,
          Unlinked _,
          Overridden _,
          Interpreter _,
          Runtime _,
          Setting _,
          Derived _,
          Unread _,
          Follows _ ->
          "build the image again on the new base; with the recipe of a build, Graft does it";
    };
  }

  private static String shown(List<String> all) {
    int most = 3;
    String some = String.join(", ", all.subList(0, Math.min(most, all.size())));
    return all.size() > most ? some + " and " + (all.size() - most) + " more" : some;
  }
}
