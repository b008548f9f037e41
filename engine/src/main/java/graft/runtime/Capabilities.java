package graft.runtime;

import graft.error.GraftException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// Which capabilities a container gets.
public final class Capabilities {
  /// Docker's, in its order.
  static final List<String> DEFAULT =
      List.of(
          "CAP_CHOWN",
          "CAP_DAC_OVERRIDE",
          "CAP_FSETID",
          "CAP_FOWNER",
          "CAP_MKNOD",
          "CAP_NET_RAW",
          "CAP_SETGID",
          "CAP_SETUID",
          "CAP_SETFCAP",
          "CAP_SETPCAP",
          "CAP_NET_BIND_SERVICE",
          "CAP_SYS_CHROOT",
          "CAP_KILL",
          "CAP_AUDIT_WRITE");

  /// All of them; the place in the list is the kernel's number.
  private static final List<String> ALL =
      List.of(
              ("CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP"
                      + " LINUX_IMMUTABLE NET_BIND_SERVICE NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK"
                      + " IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN"
                      + " SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE"
                      + " AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM"
                      + " BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE")
                  .split(" "))
          .stream()
          .map(name -> "CAP_" + name)
          .toList();

  private Capabilities() {}

  /// The kernel's number of one that is written in full; -1 if it is unknown.
  static int number(String name) {
    return ALL.indexOf(name);
  }

  /// Those this process has itself: nothing can be given away that is not there.
  static List<String> available(Host host) {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < ALL.size(); i++) {
      if ((host.capabilities() >> i & 1) == 1) {
        names.add(ALL.get(i));
      }
    }
    return names;
  }

  static List<String> of(Spec.Security security, boolean privileged, Host host) {
    if (privileged) {
      return available(host);
    }
    List<String> add = normal(security.capAdd(), "CapAdd");
    List<String> drop = normal(security.capDrop(), "CapDrop");
    List<String> result = new ArrayList<>();
    if (add.contains("ALL")) {
      result.addAll(available(host));
    } else if (!drop.contains("ALL")) {
      result.addAll(DEFAULT);
    }
    result.removeAll(drop);
    for (String name : add) {
      if (!name.equals("ALL") && !result.contains(name)) {
        result.add(name);
      }
    }
    return result;
  }

  /// As they are written in full, `CAP_NET_ADMIN`; INVALID for one that is unknown.
  ///
  /// @param field for the message
  public static List<String> normal(List<String> typed, String field) {
    List<String> names = new ArrayList<>();
    for (String one : typed) {
      String upper = one.toUpperCase(Locale.ROOT);
      String name = upper.equals("ALL") || upper.startsWith("CAP_") ? upper : "CAP_" + upper;
      if (!name.equals("ALL") && !ALL.contains(name)) {
        throw GraftException.invalid("invalid " + field + ": unknown capability: \"" + name + "\"");
      }
      names.add(name);
    }
    return names;
  }
}
