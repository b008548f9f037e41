package graft.elf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class LinkageTest {
  private static final String LD = "/lib/ld.so";

  private static ElfFile libc() {
    return ElfFile.library("libc.so")
        .exports("printf", "C_1")
        .exports("malloc", "C_1")
        .data("environ", "C_1", 8);
  }

  private static FakeRoot base() {
    return new FakeRoot()
        .put("lib/ld.so", ElfFile.library("ld.so"))
        .put("lib/libc.so", libc())
        .put("usr/lib/libz.so.1", libz())
        .put("usr/bin/host", ElfFile.program(LD).exports("host_register"));
  }

  private static ElfFile libz() {
    return ElfFile.library("libz.so.1")
        .exports("inflate", "Z_1")
        .exports("deflate", "Z_1")
        .exports("plain")
        .data("table", "Z_1", 16);
  }

  private static ElfFile program() {
    return ElfFile.program(LD)
        .needs("libz.so.1", "libc.so")
        .imports("inflate", "Z_1", "libz.so.1")
        .imports("plain")
        .imports("printf", "C_1", "libc.so");
  }

  private static final String APP = "app/run";

  static Stream<Arguments> cases() {
    FakeRoot old = base();
    return Stream.of(
        row("the same", old, base(), program()),
        row(
            "a library with more in it",
            old,
            base().put("usr/lib/libz.so.1", libz().exports("more", "Z_2")),
            program()),
        row(
            "another SONAME",
            old,
            without("usr/lib/libz.so.1").put("usr/lib/libz.so.2", ElfFile.library("libz.so.2")),
            program(),
            "the library libz.so.1",
            "the symbol inflate@Z_1",
            "the symbol plain"),
        row(
            "a symbol gone",
            old,
            base()
                .put(
                    "usr/lib/libz.so.1",
                    ElfFile.library("libz.so.1").exports("deflate", "Z_1").exports("plain")),
            program(),
            "the symbol inflate@Z_1"),
        row(
            "a version gone",
            old,
            base()
                .put(
                    "usr/lib/libz.so.1",
                    ElfFile.library("libz.so.1").exports("inflate", "Z_2").exports("plain")),
            program(),
            "version Z_1 of libz.so.1",
            "the symbol inflate@Z_1"),
        row(
            "a library that knows no versions does",
            old,
            base()
                .put(
                    "usr/lib/libz.so.1",
                    ElfFile.library("libz.so.1").exports("inflate").exports("plain")),
            program()),
        row(
            "a symbol without a version gone",
            old,
            base().put("usr/lib/libz.so.1", ElfFile.library("libz.so.1").exports("inflate", "Z_1")),
            program(),
            "the symbol plain"),
        row(
            "the symbol moved to another library",
            old,
            base()
                .put(
                    "usr/lib/libz.so.1",
                    ElfFile.library("libz.so.1").needs("libnew.so").exports("inflate", "Z_1"))
                .put("usr/lib/libnew.so", ElfFile.library("libnew.so").exports("plain")),
            program()),
        row(
            "data that were copied have grown",
            old,
            base().put("usr/lib/libz.so.1", resized()),
            program().copies("table", "Z_1", "libz.so.1", 16),
            "the data table of usr/lib/libz.so.1 as 16 bytes: they are 32 now"),
        row(
            "data that are imported have grown",
            old,
            base().put("usr/lib/libz.so.1", resized()),
            program().imports("table", "Z_1", "libz.so.1"),
            "the data table of usr/lib/libz.so.1 as 16 bytes: they are 32 now"),
        row(
            "data that are not used have grown",
            old,
            base().put("usr/lib/libz.so.1", resized()),
            program()),
        row(
            "a function in the place of data",
            old,
            base().put("usr/lib/libz.so.1", notData()),
            program().imports("table", "Z_1", "libz.so.1"),
            "the data table of usr/lib/libz.so.1 as 16 bytes: they are no data any more"),
        row(
            "the interpreter moved",
            old,
            without("lib/ld.so").put("lib64/ld.so", ElfFile.library("ld.so")),
            program(),
            "its interpreter /lib/ld.so"),
        row(
            "a library of another machine is none",
            old,
            base().put("usr/lib/libz.so.1", libz().abi(64, false, 183)),
            program(),
            "the library libz.so.1",
            "the symbol inflate@Z_1",
            "the symbol plain"),
        row(
            "what was missing before is no loss",
            without("usr/lib/libz.so.1"),
            without("usr/lib/libz.so.1"),
            program()),
        row(
            "a library in a directory that no loader searches",
            old,
            without("usr/lib/libz.so.1").put("opt/lib/libz.so.1", libz()),
            program(),
            "the library libz.so.1"),
        row(
            "a RUNPATH to where it is",
            without("usr/lib/libz.so.1").put("opt/lib/libz.so.1", libz()),
            without("usr/lib/libz.so.1").put("opt/old/libz.so.1", libz()),
            program().runpath("/opt/lib"),
            "the library libz.so.1"),
        row(
            "$ORIGIN",
            without("usr/lib/libz.so.1").put("app/lib/libz.so.1", libz()),
            without("usr/lib/libz.so.1").put("app/lib/libz.so.1", libz()),
            program().runpath("$ORIGIN/lib")),
        row(
            "a plugin's host has dropped what it calls",
            old,
            base().put("usr/bin/host", ElfFile.program(LD)),
            ElfFile.library("plugin.so").imports("host_register").imports("never_there"),
            "the symbol host_register"),
        row(
            "a plugin's host still has it",
            old,
            base().put("usr/bin/host", ElfFile.program(LD).exports("host_register").exports("x")),
            ElfFile.library("plugin.so").imports("host_register")));
  }

  private static ElfFile resized() {
    return ElfFile.library("libz.so.1")
        .exports("inflate", "Z_1")
        .exports("plain")
        .data("table", "Z_1", 32);
  }

  private static ElfFile notData() {
    return ElfFile.library("libz.so.1")
        .exports("inflate", "Z_1")
        .exports("plain")
        .exports("table", "Z_1");
  }

  private static FakeRoot without(String path) {
    FakeRoot all = new FakeRoot();
    FakeRoot base = base();
    for (String p : List.of("lib/ld.so", "lib/libc.so", "usr/lib/libz.so.1", "usr/bin/host")) {
      if (!p.equals(path)) {
        all.put(p, base.get(p).facts());
      }
    }
    return all;
  }

  private static Arguments row(
      String name, FakeRoot old, FakeRoot now, ElfFile file, String... lost) {
    return Arguments.of(name, old, now, file, List.of(lost));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void whatTheNewRootDoesNotGive(
      String name, FakeRoot old, FakeRoot now, ElfFile file, List<String> lost) {
    FakeRoot mine = new FakeRoot().put(APP, file);
    FakeRoot before = old.with(mine);
    FakeRoot after = now.with(mine);
    assertThat(
            Linkage.of(after.get(APP), after).lost(Linkage.of(before.get(APP), before)).stream()
                .map(Missing::toString))
        .containsExactlyElementsOf(lost);
  }

  /// RPATH is handed on to what is loaded, RUNPATH is not.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void rpathIsInherited(boolean rpath) {
    ElfFile program = ElfFile.program(LD).needs("liba.so");
    FakeRoot root =
        base()
            .put("app/lib/liba.so", ElfFile.library("liba.so").needs("libb.so"))
            .put("app/lib/libb.so", ElfFile.library("libother.so"))
            .put(APP, rpath ? program.rpath("/app/lib") : program.runpath("/app/lib"));
    Linkage linkage = Linkage.of(root.get(APP), root);
    assertThat(linkage.scope()).contains(root.get("app/lib/libb.so"));
    FakeRoot elsewhere =
        base()
            .put("app/lib/liba.so", ElfFile.library("liba.so").needs("libb.so"))
            .put(APP, program);
    assertThat(Linkage.of(elsewhere.get(APP), elsewhere).lost(linkage))
        .containsExactly(new Missing.Needed("libb.so"));
  }

  @Test
  void librariesThatNeedEachOtherAreLoadedOnce() {
    FakeRoot root =
        base()
            .put("usr/lib/liba.so", ElfFile.library("liba.so").needs("libb.so"))
            .put("usr/lib/libb.so", ElfFile.library("libb.so").needs("liba.so"))
            .put(APP, ElfFile.program(LD).needs("liba.so"));
    assertThat(Linkage.of(root.get(APP), root).scope()).hasSize(3);
  }
}
