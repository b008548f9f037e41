package graft.version;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Tables of versions, oldest first, equal ones on one line; every two of a table are compared. The
/// order is what the package manager itself said of these versions (dpkg 1.21, rpm 4.18, packaging
/// 26, node-semver 7.3, rubygems 3.3), but for apk, Go and Maven: see there.
class OrderingTest {
  private static void check(Ordering ordering, String table) {
    List<List<String>> rows = new ArrayList<>();
    table.lines().forEach(line -> rows.add(Arrays.asList(line.strip().split("\\s+", -1))));
    List<String> wrong = new ArrayList<>();
    int compared = 0;
    for (int i = 0; i < rows.size(); i++) {
      for (int j = 0; j < rows.size(); j++) {
        for (String a : rows.get(i)) {
          for (String b : rows.get(j)) {
            compared++;
            int said = Integer.signum(ordering.compare(a, b));
            if (said != Integer.compare(i, j)) {
              wrong.add(a + " ? " + b + ": " + said);
            }
          }
        }
      }
    }
    assertThat(wrong).isEmpty();
    assertThat(compared).isGreaterThan(200);
  }

  @Test
  void dpkg() {
    check(
        Ordering.DPKG,
        """
        0 00 0-0
        1.0~~
        1.0~~a
        1.0~
        1.0~git20240101-1
        1.0~rc1
        1.0~rc1-1
        1.0-~
        1.0 1.0-0 01.0 0:1.0
        1.0-1~bpo1
        1.0-1
        1.0-1build1
        1.0-1ubuntu1
        1.0-1ubuntu1.1
        1.0-1+deb12u1~bpo11
        1.0-1+deb12u1
        1.0-1.1
        1.0-a
        1.0A
        1.0Z
        1.0a
        1.0z
        1.0+b1
        1.0+dfsg-1
        1.0+dfsg1-1
        1.0-1-1
        1.0-1-2
        1.0. 1.0.0
        1.37
        1.37-2
        2.0
        3.0.17-1~deb12u2
        3.0.17-1
        5.36.0-7+deb12u3
        5.36.0-7+deb12u4
        9.9.9
        10.0
        1:0.5~
        1:0.5
        1:2-3:4
        2:0\
        """);
  }

  @Test
  void rpm() {
    check(
        Ordering.RPM,
        """
        B
        a
        b
        xyz.4
        xyz10
        xyz10.1
        1.el8
        1.el9
        1.el9_2
        1.el9_2.1
        1.0~
        1.0~rc1~git1
        1.0~rc1
        1.0
        1.0^
        1.0^git1~pre
        1.0^git1
        1.0^20160101
        1.0a
        1.0aa
        1.0b
        1.0.1
        1.0.1^
        1.0001 1.1 0:1.1
        1.1-1.el9
        1.1-2.el9
        1.1-2.el9_2
        1.1-10.el9
        2
        2_0 2.0
        2.0.0
        4.999.9
        5.5p1
        5.5p2
        5.5p10
        6.0
        6.0.rc1
        7.fc39
        7.module+el8
        8
        10
        10xyz
        10.1xyz
        1:0.1-1
        2:0.0.1-1\
        """);
  }

  /// By the grammar of apk-package(5) and the rules that apk's own tests state.
  @Test
  void apk() {
    check(
        Ordering.APK,
        """
        0.1.0_alpha
        0.1.0_alpha2
        0.1.0_alpha10
        0.1.0_alpha_p1
        0.1.0_beta
        0.1.0_pre2
        0.1.0_rc1
        0.1.0_rc1-r1
        0.1.0
        0.1.0-r0
        0.1.0-r1
        0.1.0-r10
        0.1.0_cvs1
        0.1.0_svn1
        0.1.0_git20240101
        0.1.0_git20240101-r2
        0.1.0_hg1
        0.1.0_p1
        0.1.0_p10
        0.1.0a
        0.1.0b
        0.1.0b-r3
        0.1.0b_p1
        0.1.0.1
        0.1.01
        0.1.02
        0.1.1 00.1.1
        0.1.9
        0.1.10
        0.10
        1.1.1d-r0
        1.1.1g-r0
        3.1.4-r5
        3.1.4-r6
        6.6.2_p1
        6.6.2p
        20230506-r0
        20231128-r0\
        """);
  }

  @Test
  void semver() {
    check(
        Ordering.SEMVER,
        """
        0.0.0-0
        0.0.0
        1.0.0-0
        1.0.0-1
        1.0.0-9
        1.0.0-10
        1.0.0--1
        1.0.0-20240101000000-abcdef123456
        1.0.0-A
        1.0.0-a-b
        1.0.0-alpha
        1.0.0-alpha.1
        1.0.0-alpha.beta
        1.0.0-beta
        1.0.0-beta.2
        1.0.0-beta.11
        1.0.0-rc.1
        1.0.0-x.7.z.92
        1.0.0 1.0.0+build 1.0.0+build.2 v1.0.0 =1.0.0
        1.0.1
        1.2.3beta 1.2.3-beta
        1.2.3
        1.9.0
        1.10.0
        2.0.0-rc.1
        2.0.0
        10.0.0
        9007199254740991.0.0\
        """);
  }

  /// By go.dev/ref/mod (pseudo-versions, +incompatible) and go.dev/doc/toolchain.
  @Test
  void go() {
    check(
        Ordering.GO,
        """
        v0.0.0-20191109021931-daa7c04131f5
        v0.0.0-20220101000000-abcdefabcdef
        v0.1.0
        v1.2.3-pre
        v1.2.3-pre.0.20210101000000-abcdefabcdef
        v1.2.3
        v1.2.4-0.20210101000000-abcdefabcdef
        v1.2.4
        v1.20.0 go1.20 1.20.0
        go1.21beta1
        go1.21rc2
        go1.21rc10
        go1.21.0 1.21.0
        go1.21.9
        go1.21.10
        v2.0.0+incompatible v2.0.0
        v10.0.0\
        """);
  }

  @Test
  void pep440() {
    check(
        Ordering.PEP440,
        """
        not.a.version
        1.0-not-either
        1.0.dev0
        1.0.dev1
        1.0a 1.0a0 1.0a-
        1.0a--1
        1.0a1.dev3
        1.0a1 1.0A1
        1.0alpha2
        1.0.a.3
        1.0b1
        1.0beta-2
        1.0c1 1.0rc1
        1.0-rc.2
        1.0pre3
        1.0preview4
        1.0rc5.post1.dev2
        1.0rc5.post1
        1.0 1 1.0.0 0!1.0 v1.0 01.0
        1.0+abc
        1.0+abc.1
        1.0+abc.2
        1.0+ubuntu-1 1.0+ubuntu_1
        1.0+1
        1.0+1.a
        1.0+2
        1.0+10
        1.0.post0
        1.0-1 1.0post1
        1.0r2
        1.0-rev3
        1.0.post4.dev1
        1.0.post4
        1.0.0.0.1
        1.1
        1.9
        1.10
        2024.1
        1!0.4.dev1
        1!0.5\
        """
            // Both are no versions; they are told apart by their texts.
            .replace("not.a.version\n1.0-not-either", "1.0-not-either\nnot.a.version"));
  }

  @Test
  void gem() {
    check(
        Ordering.GEM,
        """
        0.a
        0 0.0
        1.0.A
        1.a 1.0.a 1.0.0.a 1.0.a.0
        1.0.a.1
        1.0.a2
        1.0.a10
        1.0.b1
        1.0.pre
        1.0-1 1.0.pre.1
        1.0.rc1
        1.0.rc2
        1.0 1 1.0.0
        1.1
        1.8.2.b9
        1.8.2.b10
        1.9
        1.10
        2.0.0.beta
        2.0.0.beta.1 2.0.0.beta1
        2.0
        5.2.4
        5.2.4.3\
        """);
  }

  /// By the specification's own examples; [MavenOracleTest] compares with Maven.
  @Test
  void maven() {
    check(
        Ordering.MAVEN,
        """
        1-alpha 1alpha
        1-alpha-1 1-a1
        1-beta-2 1-b2
        1-milestone-3 1m3
        1-rc 1-cr
        1-SNAPSHOT 1-snapshot
        1 1.0 1.0.0 1-ga 1-final 1.RELEASE 1-0.ga
        1-sp
        1-foo
        1-foo2
        1-foo10
        1-1.foo-bar1baz-.1
        1.1
        1.9
        1.10
        2.0-rc1
        2.0
        20230101
        99999999999999999999\
        """);
  }

  /// The answers show that all of it was read; that there is one shows that it took neither
  /// quadratic time nor a frame of the stack for each part.
  @ParameterizedTest
  @EnumSource
  void versionsOfHundredKilobytes(Ordering ordering) {
    for (String part : List.of("9", "1.", "a1", "0", "1-", "~", "a.", "-", "^1", "_p1", "\u00e9")) {
      String large = "1." + part.repeat(100_000 / part.length());
      assertThat(ordering.compare(large, large)).isZero();
      assertThat(Integer.signum(ordering.compare(large + "7", large + "8")))
          .as("%s of %s", ordering, part)
          .isEqualTo(-Integer.signum(ordering.compare(large + "8", large + "7")));
      assertThat(Integer.signum(ordering.compare("1.2", large)))
          .isEqualTo(-Integer.signum(ordering.compare(large, "1.2")));
    }
    assertThat(ordering.compare("1." + "9".repeat(1 << 20), "1." + "9".repeat((1 << 20) - 1)))
        .isPositive();
  }

  @ParameterizedTest
  @EnumSource
  void nothingIsRefused(Ordering ordering) {
    List<String> odd =
        List.of(
            "", " ", ":", "-", ":-", "a:1", "1:", "-1", "\u0000", "1\n2", "~", "^", "+", "!", "1!");
    for (String a : odd) {
      assertThat(ordering.compare(a, a)).isZero();
      for (String b : odd) {
        assertThat(Integer.signum(ordering.compare(a, b)))
            .isEqualTo(-Integer.signum(ordering.compare(b, a)));
      }
    }
  }
}
