package graft.runtime;

import graft.error.GraftException;
import graft.linux.InRoot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Users and groups of a container, by its own `/etc/passwd` and `/etc/group`.
public final class Users {
  /// @param groups `gid` first
  public record Identity(long uid, long gid, List<Long> groups) {}

  private record User(String name, long uid, long gid, String home) {}

  private record Group(String name, long gid, List<String> members) {}

  private static final int LIMIT = 4 * 1024 * 1024;
  private static final long LARGEST = Integer.MAX_VALUE;

  private final List<User> users = new ArrayList<>();
  private final List<Group> groups = new ArrayList<>();

  private Users() {}

  public static Users in(Path root) throws IOException {
    return parse(read(root, "/etc/passwd"), read(root, "/etc/group"));
  }

  /// The runtime opens these files as well, and would wait at a fifo for ever, with the container's
  /// start and all that waits for its end.
  private static String read(Path root, String file) throws IOException {
    if (InRoot.isFifo(root, file)) {
      throw GraftException.invalid(
          file + " of the container is a fifo, which nobody may have to wait for; remove it");
    }
    return InRoot.read(root, file, LIMIT)
        .map(b -> new String(b, StandardCharsets.UTF_8))
        .orElse("");
  }

  static Users parse(String passwd, String group) {
    Users all = new Users();
    for (String line : passwd.lines().toList()) {
      String[] f = line.strip().split(":", -1);
      if (f.length >= 4 && isNumber(f[2]) && isNumber(f[3])) {
        String home = f.length > 5 ? f[5] : "";
        all.users.add(new User(f[0], Long.parseLong(f[2]), Long.parseLong(f[3]), home));
      }
    }
    for (String line : group.lines().toList()) {
      String[] f = line.strip().split(":", -1);
      if (f.length >= 3 && isNumber(f[2])) {
        List<String> members = f.length > 3 ? List.of(f[3].split(",")) : List.of();
        all.groups.add(new Group(f[0], Long.parseLong(f[2]), members));
      }
    }
    return all;
  }

  /// @param typed `user`, `user:group`, names or numbers, or empty for root
  /// @param more further groups, names or numbers
  public Identity find(String typed, List<String> more) {
    int colon = typed.indexOf(':');
    String user = colon < 0 ? typed : typed.substring(0, colon);
    String group = colon < 0 ? "" : typed.substring(colon + 1);
    String wanted = user.isEmpty() ? "0" : user;
    Optional<User> entry =
        users.stream()
            .filter(u -> u.name().equals(wanted) || Long.toString(u.uid()).equals(wanted))
            .findFirst();
    if (entry.isEmpty() && !isNumber(wanted)) {
      throw new GraftException(
          GraftException.Kind.INTERNAL,
          "unable to find user " + user + ": no matching entries in passwd file");
    }
    long uid = entry.map(User::uid).orElseGet(() -> number(wanted));
    long gid = entry.map(User::gid).orElse(0L);
    Set<Long> all = new LinkedHashSet<>();
    if (!group.isEmpty()) {
      gid =
          group(group)
              .orElseThrow(() ->
                  new GraftException(
                      GraftException.Kind.INTERNAL,
                      "unable to find group " + group + ": no matching entries in group file"));
      all.add(gid);
    } else {
      all.add(gid);
      entry.ifPresent(u ->
          groups.stream()
              .filter(g -> g.members().contains(u.name()))
              .forEach(g -> all.add(g.gid())));
    }
    for (String name : more) {
      all.add(
          group(name)
              .orElseThrow(() ->
                  new GraftException(
                      GraftException.Kind.INTERNAL,
                      "unable to find group " + name + ": no matching entries in group file")));
    }
    return new Identity(uid, gid, List.copyOf(all));
  }

  /// The home directory of a user, `/` if there is no entry.
  String home(long uid) {
    return users.stream().filter(u -> u.uid() == uid).map(User::home).findFirst().orElse("/");
  }

  private Optional<Long> group(String typed) {
    Optional<Long> known =
        groups.stream()
            .filter(g -> g.name().equals(typed) || Long.toString(g.gid()).equals(typed))
            .map(Group::gid)
            .findFirst();
    return known.isPresent() || !isNumber(typed) ? known : Optional.of(number(typed));
  }

  private static boolean isNumber(String text) {
    return !text.isEmpty()
        && text.length() < 19
        && text.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  private static long number(String text) {
    long value = Long.parseLong(text);
    if (value > LARGEST) {
      throw GraftException.invalid("uids and gids must be in range 0-2147483647");
    }
    return value;
  }
}
