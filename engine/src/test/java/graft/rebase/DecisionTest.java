package graft.rebase;

import static org.assertj.core.api.Assertions.assertThat;

import graft.elf.ElfFile;
import graft.rebase.Decision.Options;
import graft.rebase.Layers.Layer;
import graft.rebase.Patch.Put;
import graft.rebase.Step.Kind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// An image of one layer on a base that changes: what is decided, and why.
class DecisionTest extends DecisionCase {
  private static Arguments row(
      String name, UnaryOperator<Layer> now, UnaryOperator<Layer> own, String expected) {
    return Arguments.of(name, now, own, expected);
  }

  static Stream<Arguments> cases() {
    return Stream.of(
        row(
            "nothing in common",
            b -> b.file("etc/app.conf", "two"),
            l -> l.file("srv/a", ""),
            "swap"),
        // C1
        row(
            "both changed a file",
            b -> b.file("etc/app.conf", "two"),
            l -> l.file("etc/app.conf", "three"),
            "Shadowed etc/app.conf"),
        row(
            "both changed it alike",
            b -> b.file("etc/app.conf", "two"),
            l -> l.file("etc/app.conf", "two"),
            "swap"),
        row(
            "the image has copied it unchanged",
            b -> b.file("etc/app.conf", "two"),
            l -> l.file("etc/app.conf", "one"),
            "swap etc/app.conf=two"),
        row(
            "the image has given it another owner",
            b -> b.file("etc/app.conf", "two"),
            l -> l.file("etc/app.conf", "one", 0600, 5),
            "swap etc/app.conf=two"),
        row(
            "both have given it another mode",
            b -> b.file("etc/app.conf", "one", 0640, 0),
            l -> l.file("etc/app.conf", "one", 0600, 0),
            "Shadowed etc/app.conf"),
        row(
            "the image has a directory of its base",
            b -> b.directory("srv", 0700),
            l -> l.directory("srv", 0755).file("srv/a", ""),
            "swap srv=directory 700"),
        row("logs", b -> b.file("var/log/x.log", "b"), l -> l.file("var/log/x.log", "c"), "swap"),
        row(
            "databases",
            b ->
                b.file("var/lib/dpkg/status", status("libc 1", "libz 2"))
                    .file("var/lib/dpkg/status-old", "y"),
            l ->
                l.file("var/lib/dpkg/status", status("curl 7", "libc 1", "libz 1"))
                    .file("var/lib/dpkg/status-old", "z"),
            "swap var/lib/dpkg/status="
                + status("curl 7", "libc 1", "libz 2")
                + " var/lib/dpkg/status-old=nothing"),
        row(
            "databases that both changed",
            b -> b.file("var/lib/dpkg/status", status("libc 1", "libz 2")),
            l -> l.file("var/lib/dpkg/status", status("libc 1", "libz 3")),
            "Clash var/lib/dpkg/status [libz:amd64]"),
        row(
            "rpm",
            b -> b.file("var/lib/rpm/rpmdb.sqlite", "b"),
            l -> l.file("var/lib/rpm/rpmdb.sqlite", "c"),
            "OpaqueDatabase var/lib/rpm/rpmdb.sqlite"),
        row(
            "rpm, which was only asked",
            b ->
                b.file("usr/lib/sysimage/rpm/rpmdb.sqlite", "b")
                    .file("usr/lib/sysimage/rpm/rpmdb.sqlite-shm", "b"),
            l ->
                l.file("usr/lib/sysimage/rpm/rpmdb.sqlite-shm", "c")
                    .file("usr/lib/sysimage/rpm/.rpm.lock", ""),
            "swap usr/lib/sysimage/rpm/rpmdb.sqlite-shm=nothing"),
        // C2
        row(
            "removed what is new",
            b -> b.file("etc/app.conf", "two"),
            l -> l.whiteout("etc/app.conf"),
            "Removed etc/app.conf"),
        row(
            "removed what is the same",
            b -> b.file("srv/new", ""),
            l -> l.whiteout("etc/app.conf"),
            "swap"),
        row(
            "removed a directory in which something is new",
            b -> b.file("usr/lib/libnew.so", ""),
            l -> l.whiteout("usr/lib"),
            "Removed usr/lib/libnew.so"),
        row(
            "replaced a directory in which something is new",
            b -> b.file("usr/lib/libnew.so", ""),
            l -> l.opaque("usr/lib").file("usr/lib/mine", ""),
            "Removed usr/lib/libnew.so"),
        row(
            "removed logs",
            b -> b.file("var/log/x.log", "b"),
            l -> l.whiteout("var/log/x.log"),
            "swap"),
        // C3
        row(
            "a directory became a link",
            b -> b.without("srv").link("srv", "var/srv"),
            l -> l.file("srv/a", ""),
            "Ancestor srv"),
        // C4
        row(
            "a package that needs an older one",
            b -> b.file("var/lib/dpkg/status", status("libc 1", "libz 2")),
            l ->
                l.file(
                    "var/lib/dpkg/status",
                    status("app 1;Depends: libz (= 1), libc", "libc 1", "libz 1")),
            "Unsatisfied app:amd64 Depends: libz (= 1)"),
        row(
            "a package that the new one breaks",
            b -> b.file("var/lib/dpkg/status", status("libc 1", "libz 2;Breaks: app (<< 2), none")),
            l -> l.file("var/lib/dpkg/status", status("app 1", "libc 1", "libz 1")),
            "Unsatisfied libz:amd64 Breaks: app (<< 2)"),
        row(
            "a package that was removed below",
            b -> b.file("var/lib/dpkg/status", status("libc 1")),
            l ->
                l.file(
                    "var/lib/dpkg/status",
                    status("app 1;Depends: libz | zlib", "libc 1", "libz 1")),
            "Unsatisfied app:amd64 Depends: libz | zlib"),
        row(
            "what was not fulfilled before",
            b -> b.file("var/lib/dpkg/status", status("libc 1", "libz 2")),
            l -> l.file("var/lib/dpkg/status", status("app 1;Depends: never", "libc 1", "libz 1")),
            "swap var/lib/dpkg/status=" + status("app 1;Depends: never", "libc 1", "libz 2")),
        row(
            "something else provides it",
            b -> b.file("var/lib/dpkg/status", status("libc 1", "zlib 2;Provides: libz (= 1)")),
            l ->
                l.file(
                    "var/lib/dpkg/status", status("app 1;Depends: libz (= 1)", "libc 1", "libz 1")),
            "swap var/lib/dpkg/status="
                + status("app 1;Depends: libz (= 1)", "libc 1", "zlib 2;Provides: libz (= 1)")),
        row(
            "another release",
            b -> b.file("etc/os-release", RELEASE.replace("12", "13")),
            l -> l.file("srv/a", ""),
            "Release debian 12 debian 13"),
        row(
            "a file that two packages have",
            b -> b.file("usr/share/x", "same").file("var/lib/dpkg/info/base.list", "usr/share/x\n"),
            l -> l.file("usr/share/x", "same").file("var/lib/dpkg/info/app.list", "usr/share/x\n"),
            "SharedFile usr/share/x"),
        // C5
        row(
            "a symbol gone",
            b -> b.elf("usr/lib/libz.so.1", ElfFile.library("libz.so.1").exports("x", "Z_1")),
            l -> l.elf("srv/app", program()),
            "Unlinked srv/app"),
        row(
            "a library with more in it",
            b -> b.elf("usr/lib/libz.so.1", libz().exports("more")),
            l -> l.elf("srv/app", program()),
            "swap"),
        row(
            "a library known by a link alone",
            b ->
                b.without("usr/lib/libz.so.1")
                    .link("usr/lib/libz.so.1", "libz.so.1.3")
                    .elf("usr/lib/libz.so.1.3", ElfFile.library("").exports("inflate", "Z_1")),
            l -> l.elf("srv/app", program()),
            "swap"),
        row(
            "data have grown",
            b ->
                b.elf(
                    "usr/lib/libz.so.1",
                    ElfFile.library("libz.so.1")
                        .exports("inflate", "Z_1")
                        .data("table", "Z_1", 32)),
            l -> l.elf("srv/app", program().copies("table", "Z_1", "libz.so.1", 16)),
            "Unlinked srv/app"),
        row(
            "the interpreter moved",
            b -> b.without("lib64/ld-linux.so"),
            l -> l.elf("srv/app", program()),
            "Unlinked srv/app"),
        row(
            "a program of the new base on a library of the image's",
            b ->
                b.elf("usr/bin/tool", program().imports("fresh", "Z_2", "libz.so.1"))
                    .elf("usr/lib/libz.so.1", libz().exports("fresh", "Z_2")),
            l ->
                l.file("etc/ld.so.conf", "/usr/local/lib\n").elf("usr/local/lib/libz.so.1", libz()),
            "Overridden usr/bin/tool"),
        row(
            "a build for better processors without the symbol",
            b ->
                b.elf(
                    "usr/lib/glibc-hwcaps/x86-64-v3/libz.so.1",
                    ElfFile.library("libz.so.1").exports("x", "Z_1")),
            l -> l.elf("srv/app", program()),
            "Unlinked srv/app"),
        row(
            "a build for better processors",
            b -> b.elf("usr/lib/glibc-hwcaps/x86-64-v3/libz.so.1", libz()),
            l -> l.elf("srv/app", program()),
            "swap"),

        // C6
        row(
            "classes for a later Java",
            b -> b.file("opt/jdk/release", java("11.0.1")),
            l -> l.file("srv/app.jar", ""),
            "Runtime srv/app.jar"),
        row(
            "classes for a Java that was numbered otherwise",
            b -> b.file("opt/jdk/release", java("1.8.0_402")),
            l -> l.file("srv/App.class", ""),
            "Runtime srv/App.class"),
        row(
            "no Java any more",
            b -> b.without("opt/jdk"),
            l -> l.file("srv/app.war", ""),
            "Runtime srv/app.war"),
        row(
            "a later Java",
            b -> b.file("opt/jdk/release", java("21.0.1")),
            l -> l.file("srv/app.jar", ""),
            "swap"),
        row(
            "an image with a Java of its own",
            b -> b.file("opt/jdk/release", java("11.0.1")),
            l ->
                l.file("srv/app.jar", "")
                    .file("opt/mine/bin/java", "", 0755, 0)
                    .file("opt/mine/release", java("17.0.2"))
                    .link("usr/bin/java", "/opt/mine/bin/java"),
            "swap"),
        row(
            "the interpreter of a script is gone",
            b -> b.without("usr/bin/python3.11").file("usr/bin/python3.13", ""),
            l -> l.file("srv/app", "#!/usr/bin/python3.11 -u\n"),
            "Interpreter srv/app"),
        row(
            "one that env looks for",
            b -> b.without("usr/bin/python3.11"),
            l -> l.file("srv/app", "#!/usr/bin/env python3.11\n"),
            "Interpreter srv/app"),
        row(
            "modules for another Python",
            b -> b.without("usr/bin/python3.11").file("usr/bin/python3.13", ""),
            l -> l.file("usr/local/lib/python3.11/site-packages/m.py", ""),
            "Runtime usr/local/lib/python3.11/site-packages/m.py"),
        row(
            "a compiled module for another Python",
            b -> b.without("usr/bin/python3.11").file("usr/bin/python3.13", ""),
            l -> l.file("app/venv/m.cpython-311-x86_64-linux-gnu.so", ""),
            "Runtime app/venv/m.cpython-311-x86_64-linux-gnu.so"),
        row(
            "an image with a Python of its own",
            b -> b.without("usr/bin/python3.11"),
            l ->
                l.file("usr/local/lib/python3.11/site-packages/m.py", "")
                    .file("usr/local/bin/python3.11", ""),
            "swap"),
        // C7
        row(
            "users of both",
            b ->
                b.file("etc/passwd", "root:x:0:0::/:/bin/sh\nold:x:7:7::/:/bin/sh\nb:x:9:9::/:/\n"),
            l ->
                l.file("etc/passwd", "root:x:0:0::/:/bin/sh\nold:x:7:7::/:/bin/sh\na:x:8:8::/:/\n"),
            "swap etc/passwd=root:x:0:0::/:/bin/sh\nold:x:7:7::/:/bin/sh\nb:x:9:9::/:/\na:x:8:8::/:/\n"),
        row(
            "an id that both have given away",
            b ->
                b.file("etc/passwd", "root:x:0:0::/:/bin/sh\nold:x:7:7::/:/bin/sh\nb:x:8:8::/:/\n"),
            l ->
                l.file("etc/passwd", "root:x:0:0::/:/bin/sh\nold:x:7:7::/:/bin/sh\na:x:8:8::/:/\n"),
            "Identity user 8 a b"),
        row(
            "files of a user whose id is another's now",
            b -> b.file("etc/passwd", "root:x:0:0::/:/bin/sh\nother:x:7:7::/:/bin/sh\n"),
            l -> l.file("srv/a", "", 0644, 7),
            "Identity user 7 old other"),
        // C9
        row(
            "what a program makes of files that changed",
            b -> b.file("usr/share/mime/packages/new.xml", ""),
            l -> l.file("usr/share/mime/mime.cache", "x"),
            "Derived usr/share/mime/mime.cache"),
        row(
            "what a program makes of files that changed, and the program",
            b ->
                b.file("usr/share/mime/packages/new.xml", "")
                    .file("usr/bin/update-mime-database", "", 0755, 0),
            l -> l.file("usr/share/mime/mime.cache", "x").file("usr/share/mime/text/a.xml", "x"),
            "swap, /usr/bin/update-mime-database /usr/share/mime for"
                + " [usr/share/mime/mime.cache, usr/share/mime/text/a.xml]"),
        row(
            "a program that nobody may run",
            b ->
                b.file("usr/share/mime/packages/new.xml", "")
                    .file("usr/bin/update-mime-database", ""),
            l -> l.file("usr/share/mime/mime.cache", "x"),
            "Derived usr/share/mime/mime.cache"),
        row(
            "a program behind a link, and one of the image's own",
            b ->
                b.link("sbin", "usr/sbin")
                    .file("usr/sbin/ldconfig", "", 0755, 0)
                    .file("usr/share/icons/a/b.png", "")
                    .file("etc/ld.so.conf.d/b.conf", ""),
            l ->
                l.file("etc/ld.so.cache", "x")
                    .file("usr/share/icons/a/icon-theme.cache", "x")
                    .file("usr/share/icons/c/icon-theme.cache", "x")
                    .file("usr/bin/gtk-update-icon-cache", "", 0755, 0),
            "swap, /usr/sbin/ldconfig -X for [etc/ld.so.cache],"
                + " /usr/bin/gtk-update-icon-cache --force --quiet /usr/share/icons/a for"
                + " [usr/share/icons/a/icon-theme.cache],"
                + " /usr/bin/gtk-update-icon-cache --force --quiet /usr/share/icons/c for"
                + " [usr/share/icons/c/icon-theme.cache]"),
        row(
            "a program beside what it makes",
            b ->
                b.file("usr/lib/x/gdk-pixbuf-2.0/2.10.0/loaders/a.so", "")
                    .file("usr/lib/x/gdk-pixbuf-2.0/gdk-pixbuf-query-loaders", "", 0755, 0),
            l ->
                l.file("usr/lib/x/gdk-pixbuf-2.0/2.10.0/loaders.cache", "x")
                    .file("usr/lib/x/gdk-pixbuf-2.0/2.10.0/loaders/z.so", "")
                    .file("usr/lib/x/gdk-pixbuf-2.0/2.10.0/loaders/README", ""),
            "swap, /usr/lib/x/gdk-pixbuf-2.0/gdk-pixbuf-query-loaders --update-cache"
                + " /usr/lib/x/gdk-pixbuf-2.0/2.10.0/loaders/a.so"
                + " /usr/lib/x/gdk-pixbuf-2.0/2.10.0/loaders/z.so for"
                + " [usr/lib/x/gdk-pixbuf-2.0/2.10.0/loaders.cache]"),
        row(
            "Java's keys, which need more than a program",
            b ->
                b.file("usr/share/ca-certificates/new.crt", "")
                    .file("usr/sbin/update-ca-certificates", "", 0755, 0),
            l -> l.file("etc/ssl/certs/java/cacerts", "x"),
            "Derived etc/ssl/certs/java/cacerts"),
        row(
            "what could be made anew, beside what is in the way",
            b ->
                b.file("usr/share/mime/packages/new.xml", "")
                    .file("usr/bin/update-mime-database", "", 0755, 0)
                    .file("etc/app.conf", "two"),
            l -> l.file("usr/share/mime/mime.cache", "x").file("etc/app.conf", "three"),
            "Shadowed etc/app.conf"),
        row(
            "a module whose name no command should have",
            b ->
                b.file("usr/lib/x/gdk-pixbuf-2.0/2.10.0/loaders/a b.so", "")
                    .file("usr/lib/x/gdk-pixbuf-2.0/gdk-pixbuf-query-loaders", "", 0755, 0),
            l -> l.file("usr/lib/x/gdk-pixbuf-2.0/2.10.0/loaders.cache", "x"),
            "Derived usr/lib/x/gdk-pixbuf-2.0/2.10.0/loaders.cache"),
        row(
            "a library of the new base that only lists the image's cache does not show",
            b -> b.elf("usr/lib/libnew.so.1", libnew()).file("sbin/ldconfig", "", 0755, 0),
            l -> l.file("etc/ld.so.cache", "x"),
            "swap, /sbin/ldconfig -X for [etc/ld.so.cache]"),
        row(
            "another file of the name that the cache has",
            b -> b.elf("usr/lib/libz.so.1.3", libz()).file("sbin/ldconfig", "", 0755, 0),
            l -> l.file("etc/ld.so.cache", "x"),
            "swap"),
        row(
            "a library of the new base, and nothing that could make the cache",
            b -> b.elf("usr/lib/libnew.so.1", libnew()),
            l -> l.file("etc/ld.so.cache", "x"),
            "swap"),
        row(
            "a file that only the new base has, of what the image has installed",
            b ->
                b.file("usr/share/mime/mime.cache", "x")
                    .file("usr/bin/update-mime-database", "", 0755, 0),
            l ->
                l.file("usr/share/mime/packages/own.xml", "")
                    .file("var/lib/dpkg/status", status("libc 1", "libz 1")),
            "swap, /usr/bin/update-mime-database /usr/share/mime for [usr/share/mime/mime.cache]"),
        row(
            "a file that only the new base has, of what was copied into the image",
            b ->
                b.file("usr/share/mime/mime.cache", "x")
                    .file("usr/bin/update-mime-database", "", 0755, 0),
            l -> l.file("usr/share/mime/packages/own.xml", ""),
            "swap"),
        row(
            "the number that an installation gives to a machine",
            b -> b.file("var/lib/dbus/machine-id", "1"),
            l -> l.file("var/lib/dbus/machine-id", "2"),
            "swap"),
        row(
            "a library that the image's cache does not know",
            b -> b.file("opt/lib/libnew.so.1", ""),
            l -> l.file("etc/ld.so.conf.d/x.conf", "/opt/lib").file("etc/ld.so.cache", "x"),
            "Derived etc/ld.so.cache"),
        row(
            "a part of the layer that was not read",
            b -> b,
            l -> l.file("srv/a", "").skipped("srv/deep"),
            "Unread srv/deep"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void isDecided(String name, UnaryOperator<Layer> now, UnaryOperator<Layer> own, String expected) {
    Decision decision =
        decide(now, own.apply(layers.layer()), Kind.COMMIT, Layers.config(""), Options.SAFE);
    assertThat(shown(decision)).isEqualTo(expected);
  }

  private static String shown(Decision decision) {
    List<String> all = new ArrayList<>();
    switch (decision.verdicts().getFirst()) {
      case Verdict.CheckedSwap _, Verdict.ProvenSwap _ -> {
        all.add("swap");
        decision
            .patch()
            .files()
            .forEach((path, put) ->
                all.add(
                    path
                        + "="
                        + switch (put) {
                          case Put.File f -> new String(f.content(), StandardCharsets.ISO_8859_1);
                          case Put.Directory d -> "directory " + Integer.toOctalString(d.mode());
                          case Put.Link l -> "link " + l.target();
                          case Put.Nothing _ -> "nothing";
                        }));
        return String.join(" ", all)
            + decision.regenerations().stream()
                .map(r -> ", " + String.join(" ", r.command()) + " for " + r.paths())
                .collect(Collectors.joining());
      }
      case Verdict.ReRun r -> r.reasons().forEach(x -> all.add(shown(x)));
      case Verdict.Refuse r -> r.reasons().forEach(x -> all.add(shown(x)));
    }
    return String.join(" ", all);
  }

  private static String shown(Reason reason) {
    assertThat(reason.text()).isNotBlank().doesNotEndWith(".");
    assertThat(reason.unblock()).isNotBlank();
    return reason.getClass().getSimpleName()
        + " "
        + switch (reason) {
          case Reason.Shadowed r -> r.path();
          case Reason.Clash r -> r.path() + " " + r.keys();
          case Reason.OpaqueDatabase r -> r.path();
          case Reason.TooLarge r -> r.path();
          case Reason.Removed r -> r.changed();
          case Reason.Ancestor r -> r.path();
          case Reason.Unsatisfied r -> r.installed() + " " + r.wish();
          case Reason.SharedFile r -> r.path();
          case Reason.Release r -> r.old() + " " + r.now();
          case Reason.Unlinked r -> r.path();
          case Reason.Overridden r -> r.path();
          case Reason.Interpreter r -> r.path();
          case Reason.Runtime r -> r.path();
          case Reason.Identity r -> r.kind() + " " + r.id() + " " + r.own() + " " + r.now();
          case Reason.Setting r -> r.field() + " " + r.value();
          case Reason.Derived r -> r.path();
          case Reason.Unread r -> r.path();
          case Reason.Follows r -> "" + r.rerun();
        };
  }

  /// What it is, why it is not merged, and what helps: with a recipe, and without one.
  @Test
  void ofPackagesInstalledByRpmIsSaidWhyTheyAreInstalledAgain() {
    UnaryOperator<Layer> now = b -> b.file("var/lib/rpm/rpmdb.sqlite", "b");
    Layer own =
        layers
            .layer()
            .file("var/lib/rpm/rpmdb.sqlite", "c")
            .file("var/lib/rpm/rpmdb.sqlite-shm", "c");
    Decision refused = decide(now, own, Kind.COMMIT, Layers.config(""), Options.SAFE);
    assertThat(refused.verdicts())
        .singleElement()
        .isInstanceOfSatisfying(
            Verdict.Refuse.class,
            r -> {
              assertThat(r.reasons())
                  .singleElement()
                  .satisfies(reason ->
                      assertThat(reason.text())
                          .contains("/var/lib/rpm/rpmdb.sqlite", "rpm's database", "binary"));
              assertThat(r.unblock())
                  .singleElement()
                  .asString()
                  .contains("build the image again on the new base", "recipe", "--force");
            });
    assertThat(
            decide(now, own, Kind.COMMIT, Layers.config(""), new Options(false, true)).warnings())
        .hasSize(1);
    Base before = Base.of(List.of(base(layers).facts()), Layers.config(""));
    Base after = Base.of(List.of(now.apply(base(layers)).facts()), Layers.config(""));
    assertThat(
            Decision.of(
                    Move.between(before, after, layers),
                    List.of(new Step(Kind.RUN, "", Optional.of(own.facts()), true)),
                    Layers.config(""),
                    Options.SAFE,
                    Optional.empty())
                .verdicts())
        .singleElement()
        .isInstanceOf(Verdict.ReRun.class);
  }

  @Test
  void whatSettingsNameHasToBeThere() {
    Decision decision =
        decide(
            b -> b.without("opt/jdk"),
            layers.layer().file("srv/a", ""),
            Kind.COMMIT,
            Layers.config(
                "'Env':['PATH=/opt/jdk/bin:/bin','JAVA_HOME=/opt/jdk'],"
                    + "'Entrypoint':['/opt/jdk/bin/java']"),
            Options.SAFE);
    assertThat(shown(decision))
        .isEqualTo(
            "Setting Entrypoint /opt/jdk/bin/java Setting Env PATH /opt/jdk/bin"
                + " Setting Env JAVA_HOME /opt/jdk");
  }

  @Test
  void aCopyApartFromAllThatChangedIsProven() {
    assertThat(
            decide(
                    b -> b.file("etc/app.conf", "two"),
                    layers.layer().file("srv/a", ""),
                    Kind.COPY,
                    Layers.config(""),
                    Options.SAFE)
                .verdicts())
        .containsExactly(new Verdict.ProvenSwap());
  }

  @Test
  void anotherReleaseIsAllowedIfAllElseIsRight() {
    UnaryOperator<Layer> now = b -> b.file("etc/os-release", RELEASE.replace("12", "13"));
    Decision decision =
        decide(
            now,
            layers.layer().elf("srv/a", program()),
            Kind.RUN,
            Layers.config(""),
            new Options(true, false));
    assertThat(decision.swapsAll()).isTrue();
    assertThat(decision.warnings()).containsExactly(new Reason.Release("debian 12", "debian 13"));
    assertThat(
            decide(
                    b -> now.apply(b).file("etc/app.conf", "two"),
                    layers.layer().file("etc/app.conf", "three"),
                    Kind.RUN,
                    Layers.config(""),
                    new Options(true, false))
                .possible())
        .isFalse();
  }

  @Test
  void whatIsForcedIsSaid() {
    Decision decision =
        decide(
            b -> b.file("etc/app.conf", "two"),
            layers.layer().file("etc/app.conf", "three"),
            Kind.COMMIT,
            Layers.config(""),
            new Options(false, true));
    assertThat(decision.swapsAll()).isTrue();
    assertThat(decision.warnings()).containsExactly(new Reason.Shadowed(0, "etc/app.conf"));
  }

  /// A library that was built anew of the same source in the same release is vouched for; anything
  /// else that a program uses is not.
  @Test
  void trustIsTheDistributions() {
    Layer app = layers.layer().elf("srv/a", program());
    UnaryOperator<Layer> now =
        b ->
            b.elf("usr/lib/libz.so.1", libz().exports("more"))
                .file("var/lib/dpkg/status", status("libc 1", "libz 2"));
    assertThat(trust(decide(now, app, Kind.RUN, Layers.config(""), Options.SAFE)))
        .isEqualTo(Trust.STABLE);
    assertThat(
            trust(
                decide(
                    b -> now.apply(b).file(LIST, ""),
                    app,
                    Kind.RUN,
                    Layers.config(""),
                    Options.SAFE)))
        .isEqualTo(new Trust(Trust.Level.UNKNOWN, List.of("usr/lib/libz.so.1")));
    assertThat(
            trust(
                decide(
                    b ->
                        b.file("opt/jdk/release", java("21.0.1"))
                            .file("opt/jdk/bin/java", "another", 0755, 0),
                    layers.layer().file("srv/app.jar", ""),
                    Kind.RUN,
                    Layers.config(""),
                    Options.SAFE)))
        .isEqualTo(new Trust(Trust.Level.UNKNOWN, List.of("opt/jdk/bin/java")));
  }

  private static Trust trust(Decision decision) {
    return ((Verdict.CheckedSwap) decision.verdicts().getFirst()).trust();
  }
}
