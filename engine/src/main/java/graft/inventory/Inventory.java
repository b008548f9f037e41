package graft.inventory;

import java.util.Comparator;
import java.util.List;

/// @param distribution what `os-release` says
/// @param packages that are installed, sorted by name, version and architecture
/// @param truncated there was more than is read
public record Inventory(Distribution distribution, List<Installed> packages, boolean truncated) {
  public Inventory {
    packages =
        packages.stream()
            .distinct()
            .sorted(
                Comparator.comparing(Installed::name)
                    .thenComparing(Installed::version)
                    .thenComparing(Installed::architecture))
            .toList();
  }

  public enum Manager {
    DPKG,
    APK
  }

  /// One that is installed.
  ///
  /// @param source of what it was built; the name itself if nothing else is said
  /// @param sourceVersion the version itself if nothing else is said
  /// @param license as the database has it; empty where it has none
  /// @param maintainer empty where it says none
  public record Installed(
      Manager manager,
      String name,
      String version,
      String architecture,
      String source,
      String sourceVersion,
      String license,
      String maintainer) {}
}
