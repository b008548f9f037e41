package graft.inventory;

import java.util.Comparator;
import java.util.List;

/// What is installed in a root file system.
///
/// @param distribution what `os-release` says
/// @param packages that are installed, sorted by name, version, architecture and path
/// @param missing that are installed by the word of the database alone: a layer above took files
/// @param skipped what was not read, sorted: there may be more packages than are listed
public record Inventory(
    Distribution distribution,
    List<Installed> packages,
    List<Missing> missing,
    List<Skipped> skipped) {
  public static final Inventory EMPTY =
      new Inventory(Distribution.UNKNOWN, List.of(), List.of(), List.of());

  public Inventory {
    packages =
        packages.stream()
            .distinct()
            .sorted(
                Comparator.comparing(Installed::name)
                    .thenComparing(Installed::version)
                    .thenComparing(Installed::architecture)
                    .thenComparing(Installed::path)
                    .thenComparing(Installed::manager))
            .toList();
    missing = List.copyOf(missing);
    skipped = skipped.stream().distinct().sorted().toList();
  }

  /// Who says that it is installed.
  public enum Manager {
    DPKG,
    APK,
    RPM,
    NPM,
    PYPI,
    GEM,
    MAVEN,
    GO,
    CARGO;

    /// A package of the system, which its database lists; else of a language, which is where its
    /// path is.
    public boolean ofSystem() {
      return switch (this) {
        case DPKG, APK, RPM -> true;
        case NPM, PYPI, GEM, MAVEN, GO, CARGO -> false;
      };
    }
  }

  /// One that is installed.
  ///
  /// @param name as its ecosystem writes it: `group:artifact` of Maven, `@scope/name` of npm, a
  ///   module's path of Go
  /// @param version of rpm: `epoch:version-release`, or without the epoch where that is 0
  /// @param source of what it was built; the name itself if nothing else is said
  /// @param sourceVersion the version itself if nothing else is said
  /// @param license as the database has it; empty where it has none
  /// @param maintainer empty where it says none
  /// @param path of the file it was found in, of languages; `a.war!/WEB-INF/lib/b.jar` in an
  ///   archive; empty of packages of the system
  /// @param module of rpm, the modularity label; mostly empty
  /// @param owner of languages: the system's package whose file it is, which is the one to be
  ///   looked up in advisories then; empty if it came otherwise
  public record Installed(
      Manager manager,
      String name,
      String version,
      String architecture,
      String source,
      String sourceVersion,
      String license,
      String maintainer,
      String path,
      String module,
      String owner) {
    /// One of the system.
    public Installed(
        Manager manager,
        String name,
        String version,
        String architecture,
        String source,
        String sourceVersion,
        String license,
        String maintainer) {
      this(
          manager,
          name,
          version,
          architecture,
          source,
          sourceVersion,
          license,
          maintainer,
          "",
          "",
          "");
    }

    /// One of a language.
    public static Installed at(
        String path, Manager manager, String name, String version, String license) {
      return new Installed(manager, name, version, "", name, version, license, "", path, "", "");
    }

    public Installed ownedBy(String name) {
      return new Installed(
          manager,
          this.name,
          version,
          architecture,
          source,
          sourceVersion,
          license,
          maintainer,
          path,
          module,
          name);
    }
  }

  /// @param paths of its files that were there and are not any more, without those that are only
  ///   read by people (documentation, translations); the first 100, sorted
  /// @param count of all of them
  public record Missing(Installed installed, List<String> paths, int count) {
    public Missing {
      paths = List.copyOf(paths);
    }
  }
}
