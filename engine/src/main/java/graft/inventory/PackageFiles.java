package graft.inventory;

import graft.inventory.Inventory.Installed;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/// The files of a root that say something of packages, and what they say. Nothing in them brings a
/// reader down or makes it endless: what cannot be read is a [Skipped].
public final class PackageFiles {
  /// Where the databases of the system are; through links, so that a root has to be asked where
  /// that is. Of what is in `status.d`, each file is one.
  public static final List<String> DATABASES =
      List.of(
          "var/lib/dpkg/status",
          "lib/apk/db/installed",
          "usr/lib/apk/db/installed",
          "var/lib/rpm/rpmdb.sqlite",
          "usr/lib/sysimage/rpm/rpmdb.sqlite",
          "usr/share/rpm/rpmdb.sqlite");

  public static final String STATUS_D = "var/lib/dpkg/status.d";
  public static final String LISTS = "var/lib/dpkg/info";

  /// The first that is there counts. Source: os-release(5).
  public static final List<String> RELEASES = List.of("etc/os-release", "usr/lib/os-release");

  private static final int LARGEST_TEXT = 4 << 20;
  private static final int LARGEST_LIST = 16 << 20;
  private static final int LONGEST_PATH = 4096;
  private static final int LARGEST_RELEASE = 64 << 10;
  private static final byte[] ELF = {0x7f, 'E', 'L', 'F'};

  /// Exactly the top of an installed package: below it there may be others' as data of tests.
  private static final Pattern NPM =
      Pattern.compile("(.*/)?node_modules/(@[^/]+/)?[^/@.][^/]*/package\\.json");

  private static final Pattern PYTHON =
      Pattern.compile("(.*/)?[^/]+(\\.dist-info/METADATA|\\.egg-info/PKG-INFO|\\.egg-info)");

  private static final Pattern GEM =
      Pattern.compile("(.*/)?specifications/(default/)?[^/]+\\.gemspec");

  private static final Set<String> OLD_RPM = Set.of("Packages", "Packages.db");

  /// The last word of dpkg's `Status:` for packages that are there. Whose triggers wait is there
  /// too, and so are its faults; trees made by hand or by halves are full of such.
  private static final Set<String> INSTALLED =
      Set.of("installed", "triggers-pending", "triggers-awaited");

  private PackageFiles() {}

  /// @param status as dpkg's `Status:` has it: `install ok installed`
  public static boolean isInstalled(String status) {
    return INSTALLED.contains(status.substring(status.lastIndexOf(' ') + 1));
  }

  /// @param evidence empty if it says nothing
  public record Found(Optional<Evidence> evidence, List<Skipped> skipped) {}

  private interface Reader {
    Optional<Evidence> read(Bytes file, Consumer<String> skip) throws IOException;
  }

  /// Whether [#read] would find something to do.
  ///
  /// @param head the first bytes of the file, 4 or all
  public static boolean concern(String path, byte[] head) {
    return reader(path, head).isPresent();
  }

  /// @throws IOException of the file alone
  public static Found read(String path, byte[] head, Bytes file) throws IOException {
    List<Skipped> skipped = new ArrayList<>();
    Consumer<String> skip = reason -> skipped.add(new Skipped(path, reason));
    Optional<Evidence> evidence = Optional.empty();
    Optional<Reader> reader = reader(path, head);
    if (reader.isPresent()) {
      try {
        evidence = reader.get().read(file, skip);
      } catch (Senseless e) {
        skip.accept(String.valueOf(e.getMessage()));
      } catch (IndexOutOfBoundsException | BufferUnderflowException e) {
        // Of offsets and lengths that a stranger's file claims, the buffers check what is left.
        skip.accept("damaged: something in it points to where nothing is");
      }
    }
    return new Found(evidence, skipped);
  }

  private static Optional<Reader> reader(String path, byte[] head) {
    String name = path.substring(path.lastIndexOf('/') + 1);
    if (isElf(head)) {
      return Optional.of((file, skip) -> components(Binaries.read(path, file, skip)));
    }
    if (JavaArchive.isName(name)) {
      return Optional.of((file, skip) -> components(JavaArchive.read(path, file, skip)));
    }
    // Names first: of ten thousand files hardly one is worth an expression.
    if (name.equals("package.json") && NPM.matcher(path).matches()) {
      return text(bytes -> LanguageFiles.npm(path, bytes));
    }
    if (isPython(name) && PYTHON.matcher(path).matches()) {
      return text(bytes -> LanguageFiles.python(path, bytes));
    }
    if (name.endsWith(".gemspec") && GEM.matcher(path).matches()) {
      return text(bytes -> LanguageFiles.gem(path, bytes));
    }
    return system(path, name);
  }

  private static boolean isPython(String name) {
    return name.equals("METADATA") || name.equals("PKG-INFO") || name.endsWith(".egg-info");
  }

  private static boolean isElf(byte[] head) {
    return head.length >= 4
        && head[0] == ELF[0]
        && head[1] == ELF[1]
        && head[2] == ELF[2]
        && head[3] == ELF[3];
  }

  /// By the last names of the path: a directory above may be a link in the root it will be part of.
  private static Optional<Reader> system(String path, String name) {
    if (name.startsWith("os-release")) {
      return Optional.of((file, _) -> {
        byte[] bytes = file.bytes(0, Math.min(file.size(), LARGEST_RELEASE));
        String release = new String(bytes, StandardCharsets.UTF_8);
        return Optional.of(new Evidence.Release(Distribution.parse(release)));
      });
    }
    if (path.endsWith("lib/dpkg/status")) {
      return Optional.of((file, skip) -> Optional.of(Databases.dpkg(file.stream(), false, skip)));
    }
    if (path.endsWith("lib/dpkg/status.d/" + name)) {
      return name.endsWith(".md5sums")
          ? Optional.of((file, skip) -> Optional.of(sums(file, skip)))
          : Optional.of((file, skip) -> Optional.of(Databases.dpkg(file.stream(), true, skip)));
    }
    if (path.endsWith("lib/dpkg/info/" + name) && name.endsWith(".list")) {
      return Optional.of((file, skip) -> Optional.of(list(file, skip)));
    }
    if (path.endsWith("lib/apk/db/installed")) {
      return Optional.of((file, skip) -> Optional.of(Databases.apk(file.stream(), skip)));
    }
    if (name.equals("rpmdb.sqlite")) {
      return Optional.of((file, skip) -> Optional.of(RpmDatabase.read(file, skip)));
    }
    if (name.equals("rpmdb.sqlite-wal")) {
      return Optional.of((file, skip) -> {
        if (file.size() > 0) {
          skip.accept("changes that are not yet in the database beside it were not read");
        }
        return Optional.empty();
      });
    }
    if (OLD_RPM.contains(name) && path.endsWith("/rpm/" + name)) {
      return Optional.of((_, skip) -> {
        skip.accept("a database of rpm in the format of Berkeley DB or NDB, which is not read");
        return Optional.empty();
      });
    }
    return Optional.empty();
  }

  private interface Text {
    List<Installed> read(byte[] bytes);
  }

  private static Optional<Reader> text(Text text) {
    return Optional.of((file, skip) -> {
      if (file.size() > LARGEST_TEXT) {
        skip.accept("larger than " + (LARGEST_TEXT >> 20) + " MB");
        return Optional.empty();
      }
      return components(text.read(file.bytes(0, file.size())));
    });
  }

  private static Optional<Evidence> components(List<Installed> all) {
    return all.isEmpty() ? Optional.empty() : Optional.of(new Evidence.Components(all));
  }

  /// `/.` and then a path in each line.
  private static Evidence.Files list(Bytes file, Consumer<String> skip) throws IOException {
    return new Evidence.Files(
        lines(file, skip).stream().map(PackageFiles::clean).filter(PackageFiles::isPath).toList());
  }

  /// A sum, two blanks and a path in each line.
  private static Evidence.Files sums(Bytes file, Consumer<String> skip) throws IOException {
    return new Evidence.Files(
        lines(file, skip).stream()
            .map(line -> clean(line.substring(line.indexOf(' ') + 1).strip()))
            .filter(PackageFiles::isPath)
            .toList());
  }

  static boolean isPath(String path) {
    return !path.isEmpty() && path.length() <= LONGEST_PATH;
  }

  private static List<String> lines(Bytes file, Consumer<String> skip) throws IOException {
    if (file.size() > LARGEST_LIST) {
      skip.accept("larger than " + (LARGEST_LIST >> 20) + " MB; what follows was not read");
    }
    byte[] bytes = file.bytes(0, Math.min(file.size(), LARGEST_LIST));
    return new String(bytes, StandardCharsets.UTF_8).lines().toList();
  }

  private static String clean(String path) {
    String relative = path.startsWith("./") ? path.substring(2) : path;
    int from = 0;
    while (from < relative.length() && relative.charAt(from) == '/') {
      from++;
    }
    return relative.substring(from).equals(".") ? "" : relative.substring(from);
  }
}
