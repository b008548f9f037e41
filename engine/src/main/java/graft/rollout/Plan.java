package graft.rollout;

import com.fasterxml.jackson.annotation.JsonValue;
import graft.oci.Digest;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// What would become of images whose base changes. A value that can be kept as a file; see
/// [PlanJson].
///
/// @param digest of all the rest, by which it is named
/// @param what was asked for, for people
/// @param database of advisories by which was said what is closed; empty if there was none
/// @param parents that others take the place of
/// @param nodes that would stand on those, parents before children
public record Plan(
    Digest digest,
    Instant created,
    Kind kind,
    String what,
    Optional<Digest> database,
    Options options,
    List<Parent> parents,
    List<Node> nodes,
    Totals totals) {
  public Plan {
    parents = List.copyOf(parents);
    nodes = List.copyOf(nodes);
  }

  public enum Kind {
    REBASE,
    FIX;

    @JsonValue
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// @param allowReleaseChange see [graft.rebase.Decision.Options]
  /// @param force see there
  public record Options(boolean allowReleaseChange, boolean force) {
    public static final Options SAFE = new Options(false, false);

    graft.rebase.Decision.Options decision() {
      return new graft.rebase.Decision.Options(allowReleaseChange, force);
    }
  }

  /// How the image comes about that takes another's place.
  public enum How {
    /// It is here.
    GIVEN,
    /// It was brought from a registry for this.
    PULL,
    /// The recipe runs again.
    RERUN,
    /// One more step is run on the image.
    PATCH;

    @JsonValue
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// An image that another takes the place of. If it is a [Node] as well, the other one is put on
  /// the new base then.
  ///
  /// @param names that it has; they move if the other one is made for that
  /// @param command of [How#PATCH]
  /// @param text one sentence
  /// @param onto what takes its place; empty if nothing does, and the text says why
  public record Parent(
      List<String> names,
      Digest image,
      How how,
      Optional<String> command,
      String text,
      Optional<Digest> onto) {
    public Parent {
      names = List.copyOf(names);
    }
  }

  /// From best to worst.
  public enum Verdict {
    /// Its base stays.
    SAME,
    /// All steps keep their layers, and doing them again would make the same.
    PROVEN,
    /// All steps keep their layers, by the checks.
    CHECKED,
    /// The same with a small layer more, of files that were merged or that programs of the image
    /// have made anew.
    MERGE,
    /// The recipe has to run again.
    RERUN,
    /// It stays where it is, and so does all that stands on it.
    REFUSE;

    @JsonValue
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }

    public boolean swaps() {
      return this == PROVEN || this == CHECKED || this == MERGE;
    }
  }

  /// Who vouches that it works.
  public enum Vouched {
    /// The distribution.
    DISTRO_STABLE("distro-stable"),
    /// Nobody: it has to be tried.
    UNKNOWN("unknown"),
    /// Nothing is swapped.
    NONE("none");

    private final String word;

    Vouched(String word) {
      this.word = word;
    }

    @JsonValue
    public String word() {
      return word;
    }
  }

  /// @param check `C1`; empty if it is none of them
  /// @param paths without the slash at the start
  public record Why(String check, String text, List<String> paths) {
    public Why {
      paths = List.copyOf(paths);
    }
  }

  /// @param layer its own, counted from 0 above the base
  public record Line(Optional<Integer> layer, String instruction, Verdict verdict, String text) {}

  /// Files that a program of the new image makes anew when the plan is carried out.
  ///
  /// @param generator name of the program
  /// @param command without a shell
  /// @param paths without the slash at the start
  public record Generated(String generator, List<String> command, List<String> paths) {
    public Generated {
      command = List.copyOf(command);
      paths = List.copyOf(paths);
    }
  }

  /// One image.
  ///
  /// @param image as it is now
  /// @param names that it has and that would move
  /// @param parent as it is now
  /// @param level 1 for what stands on a [Parent]
  /// @param swapped how many of its steps keep their layers
  /// @param reused bytes of layers that stay
  /// @param written bytes of files that are written
  /// @param merged paths
  /// @param generated what of that is known when the plan is made: of their bytes nothing is
  /// @param closes vulnerabilities that it has and would not have
  /// @param opens the other way round
  /// @param test what would be run to try it; empty if nothing says so
  public record Node(
      Digest image,
      List<String> names,
      Digest parent,
      int level,
      Verdict verdict,
      Vouched trust,
      List<Why> reasons,
      Optional<String> unblock,
      List<Line> steps,
      int swapped,
      long reused,
      long written,
      List<String> merged,
      List<Generated> generated,
      List<String> closes,
      List<String> opens,
      Optional<String> test) {
    public Node {
      names = List.copyOf(names);
      reasons = List.copyOf(reasons);
      steps = List.copyOf(steps);
      merged = List.copyOf(merged);
      generated = List.copyOf(generated);
      closes = List.copyOf(closes);
      opens = List.copyOf(opens);
    }

    /// For people: its first name, else its id.
    public String title() {
      return names.isEmpty() ? image.shortHex() : names.getFirst();
    }
  }

  /// @param nodes how many images; then how many of each verdict
  /// @param closes how many vulnerabilities, each once for each image
  public record Totals(
      int nodes,
      long same,
      long proven,
      long checked,
      long merge,
      long rerun,
      long refuse,
      long reused,
      long written,
      long closes) {
    static Totals of(Collection<Node> all) {
      return new Totals(
          all.size(),
          count(all, Verdict.SAME),
          count(all, Verdict.PROVEN),
          count(all, Verdict.CHECKED),
          count(all, Verdict.MERGE),
          count(all, Verdict.RERUN),
          count(all, Verdict.REFUSE),
          all.stream().mapToLong(Node::reused).sum(),
          all.stream().mapToLong(Node::written).sum(),
          all.stream().mapToLong(n -> n.closes().size()).sum());
    }

    private static long count(Collection<Node> all, Verdict verdict) {
      return all.stream().filter(n -> n.verdict() == verdict).count();
    }
  }

  /// Those that are not put on another base themselves.
  public List<Parent> roots() {
    Set<Digest> nodes = new HashSet<>(images());
    return parents.stream().filter(p -> !nodes.contains(p.image())).toList();
  }

  /// Whose place others take, which are put on another base then.
  public List<Parent> nested() {
    List<Parent> roots = roots();
    return parents.stream().filter(p -> !roots.contains(p) && p.onto().isPresent()).toList();
  }

  /// Every image that moves to another base, once.
  public List<Digest> images() {
    return nodes.stream().map(Node::image).distinct().toList();
  }
}
