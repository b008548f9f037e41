package graft.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UserNamespaceTest {
  private static final UserNamespace OF_A_USER =
      new UserNamespace(
          UserNamespace.parse(
              "         0       1001          1\n         1     100000      65536\n"),
          UserNamespace.parse("0 1001 1\n1 100000 1000\n2000 300000 10\n"));

  @Test
  void theMachinesOwnIsKnown() {
    List<UserNamespace.Range> all = UserNamespace.parse("         0          0 4294967295\n");
    assertThat(new UserNamespace(all, all).initial()).isTrue();
    assertThat(OF_A_USER.initial()).isFalse();
  }

  @Test
  void overlaysAttributesAreTheUsersInANamespace() {
    assertThat(UserNamespace.INITIAL.overlayPrefix()).isEqualTo("trusted.overlay.");
    assertThat(OF_A_USER.overlayPrefix()).isEqualTo("user.overlay.");
  }

  @ParameterizedTest
  @CsvSource({"0, true, 1001", "1, true, 100000", "65536, true, 165535", "65537, false, 65534"})
  void idsAreMapped(long user, boolean there, long outside) {
    assertThat(OF_A_USER.hasUser(user)).isEqualTo(there);
    assertThat(OF_A_USER.outside(user)).isEqualTo(outside);
  }

  @Test
  void groupsBehindAGapDoNotCount() {
    assertThat(OF_A_USER.contiguousGroups()).isEqualTo(1001);
    assertThat(OF_A_USER.hasGroup(2005)).isTrue();
    assertThat(OF_A_USER.hasGroup(1500)).isFalse();
    assertThat(UserNamespace.INITIAL.contiguousGroups()).isEqualTo(0xffffffffL);
  }
}
