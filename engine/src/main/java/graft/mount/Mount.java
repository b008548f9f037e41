package graft.mount;

import java.util.List;

/// One mount, as a snapshotter says it and a runtime or a differ hears it. `type` is a file system
/// (`overlay`, `tmpfs`) or `bind`; options are in the words of fstab and of the OCI runtime spec.
public record Mount(String type, String source, List<String> options) {
  public Mount {
    options = List.copyOf(options);
  }
}
