package graft.rebase;

import graft.elf.ElfFile;
import graft.oci.ImageConfig;
import graft.rebase.Decision.Options;
import graft.rebase.Layers.Layer;
import graft.rebase.Step.Kind;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// A base with a package database, programs and libraries, and what tests of decisions do with it.
abstract class DecisionCase {
  static final String RELEASE = "ID=debian\nVERSION_ID=\"12\"\n";
  static final String LD = "/lib64/ld-linux.so";
  static final String LIST = "var/lib/dpkg/info/libz.list";

  final Layers layers = new Layers();

  static Layer base(Layers layers) {
    return layers
        .layer()
        .file("etc/os-release", RELEASE)
        .file("etc/passwd", "root:x:0:0::/:/bin/sh\nold:x:7:7::/:/bin/sh\n")
        .file("etc/group", "root:x:0:\n")
        .file("etc/app.conf", "one")
        .file("usr/bin/python3.11", "program", 0755, 0)
        .file("opt/jdk/bin/java", "program", 0755, 0)
        .file("opt/jdk/release", java("17.0.2"))
        .link("usr/bin/java", "/opt/jdk/bin/java")
        .file("var/log/x.log", "a")
        .file("var/lib/dpkg/status", status("libc 1", "libz 1"))
        .file("var/lib/dpkg/status-old", "x")
        .file(LIST, "usr/lib/libz.so.1\n")
        .directory("srv", 0755)
        .elf("lib64/ld-linux.so", ElfFile.library("ld-linux.so"))
        .elf("usr/lib/libz.so.1", libz());
  }

  static ElfFile libz() {
    return ElfFile.library("libz.so.1").exports("inflate", "Z_1").data("table", "Z_1", 16);
  }

  static ElfFile libnew() {
    return ElfFile.library("libnew.so.1").exports("grow", "");
  }

  static ElfFile program() {
    return ElfFile.program(LD).needs("libz.so.1").imports("inflate", "Z_1", "libz.so.1");
  }

  /// @param packages `libz 1`, with more fields after it: `libz 1;Depends: libc`
  static String status(String... packages) {
    StringBuilder all = new StringBuilder();
    for (String p : packages) {
      String[] parts = p.split(";");
      String[] words = parts[0].split(" ");
      all.append("Package: ").append(words[0]).append("\nStatus: install ok installed\n");
      all.append("Architecture: amd64\nVersion: ").append(words[1]).append('\n');
      for (int i = 1; i < parts.length; i++) {
        all.append(parts[i]).append('\n');
      }
      all.append('\n');
    }
    return all.toString();
  }

  static String java(String version) {
    return "IMPLEMENTOR=\"Debian\"\nJAVA_VERSION=\"" + version + "\"\n";
  }

  Decision decide(
      UnaryOperator<Layer> now, Layer own, Kind kind, ImageConfig config, Options options) {
    Base before = Base.of(List.of(base(layers).facts()), Layers.config("'Env':['PATH=/bin']"));
    Base after =
        Base.after(
            before, List.of(now.apply(base(layers)).facts()), Layers.config("'Env':['PATH=/bin']"));
    return Decision.of(
        Move.between(before, after, layers),
        List.of(new Step(kind, "", Optional.of(own.facts()), false)),
        config,
        options,
        Optional.empty());
  }
}
