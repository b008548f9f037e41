package graft.rootless;

import graft.error.GraftException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/// What a machine must have before a user can have an engine; each refusal says what to do.
///
/// @param program whether one of that name can be run
/// @param setting the text of a file below `/proc/sys`; empty if there is none
/// @param usable whether a file can be read and written
record Prerequisites(
    Predicate<String> program, Function<String, Optional<String>> setting, Predicate<Path> usable) {
  private static final Path TUN = Path.of("/dev/net/tun");

  /// How the namespace is connected to the networks of the machine.
  enum Connection {
    PASTA,
    SLIRP4NETNS
  }

  Connection check() {
    List<String> missing = new ArrayList<>();
    if (!program.test("unshare") || !program.test("nsenter")) {
      missing.add("unshare and nsenter (package util-linux)");
    }
    if (!program.test("newuidmap") || !program.test("newgidmap")) {
      missing.add("newuidmap and newgidmap (package uidmap, or shadow-utils)");
    }
    boolean pasta = program.test("pasta");
    if (!pasta && !program.test("slirp4netns")) {
      missing.add("pasta (package passt) or slirp4netns");
    }
    if (!missing.isEmpty()) {
      throw refusal("install " + String.join("; ", missing));
    }
    if (is("user/max_user_namespaces", "0")) {
      throw refusal(
          "this machine allows no user namespaces: as root run 'sysctl -w"
              + " user.max_user_namespaces=28633', and write it to /etc/sysctl.d to keep it");
    }
    if (is("kernel/unprivileged_userns_clone", "0")) {
      throw refusal(
          "this machine allows user namespaces to root only: as root run 'sysctl -w"
              + " kernel.unprivileged_userns_clone=1', and write it to /etc/sysctl.d to keep it");
    }
    if (!usable.test(TUN)) {
      throw refusal(
          TUN
              + " is missing or closed to you: as root run 'modprobe tun' and 'chmod 0666 "
              + TUN
              + "'");
    }
    return pasta ? Connection.PASTA : Connection.SLIRP4NETNS;
  }

  private boolean is(String name, String value) {
    return setting.apply(name).filter(value::equals).isPresent();
  }

  /// Why the kernel refused a user namespace although it has some.
  GraftException refused(String said) {
    if (is("kernel/apparmor_restrict_unprivileged_userns", "1")) {
      return refusal(
          "AppArmor allows user namespaces to programs with a profile only: as root run 'sysctl -w"
              + " kernel.apparmor_restrict_unprivileged_userns=0' (and write it to /etc/sysctl.d), or"
              + " load a profile with 'userns,' for "
              + "unshare, newuidmap and java; the kernel said: "
              + said);
    }
    return refusal("the kernel made no user namespace: " + said);
  }

  static GraftException refusal(String why) {
    return GraftException.invalid("start a rootless engine: " + why);
  }
}
