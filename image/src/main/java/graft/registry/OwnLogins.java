package graft.registry;

import graft.error.GraftException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;

/// The logins of a file that this program was told to use by itself. It is read anew for each
/// question, and nothing of it is kept, so a login that is changed or taken away counts at once.
///
/// What it says is sent to registries, and it may name a helper, which is run. So a file that
/// others can read or write is refused, as `ssh` refuses such keys.
final class OwnLogins {
  private static final Set<PosixFilePermission> TOO_MUCH =
      Set.of(
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE);

  private OwnLogins() {}

  static Credentials in(Path file) {
    DockerConfigCredentials logins = new DockerConfigCredentials(file);
    return registry -> {
      requireClosed(file);
      return logins.find(registry);
    };
  }

  private static void requireClosed(Path file) {
    try {
      PosixFileAttributes attributes =
          Files.getFileAttributeView(file, PosixFileAttributeView.class).readAttributes();
      if (attributes.permissions().stream().anyMatch(TOO_MUCH::contains)) {
        throw refused(file, "others can read or change it; chmod 600 it");
      }
      // Of this process, without asking for a name of the user, which it may not have.
      Object self = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
      Object owner = Files.getAttribute(file, "unix:uid");
      if (!owner.equals(self) && !owner.equals(0)) {
        throw refused(file, "it belongs to user " + owner);
      }
    } catch (NoSuchFileException e) {
      throw refused(file, "it is not there");
    } catch (IOException e) {
      throw refused(file, String.valueOf(e.getMessage()));
    }
  }

  private static GraftException refused(Path file, String why) {
    return new GraftException(
        GraftException.Kind.FORBIDDEN, "the logins in " + file + " are not used: " + why);
  }
}
