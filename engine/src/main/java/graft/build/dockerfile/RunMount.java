package graft.build.dockerfile;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/// One `RUN --mount`, its variables replaced. Texts that were not given are empty.
public sealed interface RunMount {
  /// Where it is mounted. Empty for a secret or an agent that was given none, see [Secret#path] and
  /// [Ssh#path].
  String target();

  boolean readOnly();

  /// Files of a stage, an image or, if `from` is empty, the context.
  record Bind(String from, String source, String target, boolean readOnly) implements RunMount {}

  enum Sharing {
    SHARED,
    PRIVATE,
    LOCKED
  }

  /// A directory that outlives the build.
  ///
  /// @param id which one; the target if it was not given
  /// @param from what is in it at first, with `source` a directory of that
  /// @param mode of a new one; 0755 if it was not given
  record Cache(
      String id,
      String target,
      Sharing sharing,
      String from,
      String source,
      OptionalInt mode,
      OptionalInt uid,
      OptionalInt gid,
      boolean readOnly)
      implements RunMount {}

  /// @param size bytes; empty for the kernel's default
  record Tmpfs(String target, OptionalLong size, boolean readOnly) implements RunMount {}

  /// @param id of the secret
  /// @param env the variable that gets the value; then there is a file only if there is a target
  /// @param required it is an error if the client has none
  /// @param mode 0400 if it was not given
  record Secret(
      String id,
      String target,
      Optional<String> env,
      boolean required,
      OptionalInt mode,
      OptionalInt uid,
      OptionalInt gid,
      boolean readOnly)
      implements RunMount {
    /// Where the file is; empty if there is none, only a variable.
    public Optional<String> path() {
      if (!target.isEmpty()) {
        return Optional.of(target);
      }
      return env.isPresent() ? Optional.empty() : Optional.of("/run/secrets/" + Paths.base(id));
    }
  }

  /// A socket of an agent of the client's.
  ///
  /// @param id `default` if it was not given
  /// @param mode 0600 if it was not given
  record Ssh(
      String id,
      String target,
      boolean required,
      OptionalInt mode,
      OptionalInt uid,
      OptionalInt gid,
      boolean readOnly)
      implements RunMount {
    /// Where the socket is.
    ///
    /// @param index how many agents without a target the instruction has before this one
    public String path(int index) {
      return target.isEmpty() ? "/run/buildkit/ssh_agent." + index : target;
    }
  }
}
