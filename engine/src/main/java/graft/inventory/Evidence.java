package graft.inventory;

import graft.inventory.Inventory.Installed;
import java.util.List;

/// What one file says of packages.
public sealed interface Evidence {
  /// A database of the system's package manager, or the part of one that a file is.
  record Database(List<Listed> packages) implements Evidence {
    public Database {
      packages = List.copyOf(packages);
    }
  }

  /// @param files that are the package's, clean relative paths; of dpkg they are in files of their
  ///   own, [Files]
  record Listed(Installed installed, List<String> files) {
    public Listed {
      files = List.copyOf(files);
    }
  }

  /// dpkg's list of the files of one package, `var/lib/dpkg/info/NAME.list`.
  ///
  /// @param paths clean and relative. Taken as it is and not to be changed: it may be a list that
  ///   is read late
  record Files(List<String> paths) implements Evidence {}

  /// What the system calls itself, `etc/os-release`.
  record Release(Distribution distribution) implements Evidence {}

  /// Packages of a language that are at this very path.
  record Components(List<Installed> packages) implements Evidence {
    public Components {
      packages = List.copyOf(packages);
    }
  }
}
