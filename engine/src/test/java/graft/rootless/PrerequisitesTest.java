package graft.rootless;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.error.GraftException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrerequisitesTest {
  private static final Set<String> ALL =
      Set.of("unshare", "nsenter", "newuidmap", "newgidmap", "pasta", "slirp4netns");

  private static Prerequisites without(Set<String> missing, Map<String, String> settings) {
    return new Prerequisites(
        name -> ALL.contains(name) && !missing.contains(name),
        name -> Optional.ofNullable(settings.get(name)),
        file -> file.equals(Path.of("/dev/net/tun")) && !missing.contains("tun"));
  }

  @Test
  void pastaIsPreferred() {
    assertThat(without(Set.of(), Map.of()).check()).isEqualTo(Prerequisites.Connection.PASTA);
    assertThat(without(Set.of("pasta"), Map.of()).check())
        .isEqualTo(Prerequisites.Connection.SLIRP4NETNS);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "newuidmap         | install newuidmap and newgidmap (package uidmap, or shadow-utils)",
        "nsenter           | install unshare and nsenter (package util-linux)",
        "pasta slirp4netns | install pasta (package passt) or slirp4netns",
        "tun               | as root run 'modprobe tun' and 'chmod 0666 /dev/net/tun'"
      })
  void whatIsMissingIsNamed(String missing, String said) {
    assertThatThrownBy(() -> without(Set.of(missing.split(" ")), Map.of()).check())
        .isInstanceOf(GraftException.class)
        .hasMessageContaining("start a rootless engine: ")
        .hasMessageContaining(said);
  }

  @Test
  void allThatIsMissingIsNamedAtOnce() {
    assertThatThrownBy(() -> without(Set.of("newgidmap", "pasta", "slirp4netns"), Map.of()).check())
        .hasMessageContaining("newuidmap")
        .hasMessageContaining("passt");
  }

  @ParameterizedTest
  @CsvSource({
    "user/max_user_namespaces, user.max_user_namespaces=28633",
    "kernel/unprivileged_userns_clone, kernel.unprivileged_userns_clone=1"
  })
  void aMachineThatForbidsNamespacesIsToldHowToAllowThem(String setting, String said) {
    assertThatThrownBy(() -> without(Set.of(), Map.of(setting, "0")).check())
        .hasMessageContaining("as root run 'sysctl -w " + said + "'");
  }

  @Test
  void aRefusalOfAppArmorIsKnown() {
    Map<String, String> ubuntu = Map.of("kernel/apparmor_restrict_unprivileged_userns", "1");
    assertThat(without(Set.of(), ubuntu).refused("unshare: Operation not permitted").text())
        .contains("kernel.apparmor_restrict_unprivileged_userns=0")
        .endsWith("the kernel said: unshare: Operation not permitted");
    assertThat(without(Set.of(), Map.of()).refused("No space left on device").text())
        .endsWith("the kernel made no user namespace: No space left on device");
  }
}
