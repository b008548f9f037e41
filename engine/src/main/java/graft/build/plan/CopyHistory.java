package graft.build.plan;

import graft.build.dockerfile.Instruction;
import java.util.ArrayList;
import java.util.List;

/// What history says of COPY and ADD: as with BuildKit, not what was excluded.
final class CopyHistory {
  private CopyHistory() {}

  static String of(Instruction.Copy copy) {
    List<String> all = new ArrayList<>(List.of("COPY"));
    if (copy.parents()) {
      all.add("--parents");
    }
    return of(all, copy.chown(), copy.chmod(), copy.sources(), copy.files(), copy.destination());
  }

  static String of(Instruction.Add add) {
    return of(
        new ArrayList<>(List.of("ADD")),
        add.chown(),
        add.chmod(),
        add.sources(),
        add.files(),
        add.destination());
  }

  private static String of(
      List<String> all,
      String chown,
      String chmod,
      List<String> sources,
      List<Instruction.InlineFile> files,
      String destination) {
    if (!chown.isEmpty()) {
      all.add("--chown=" + chown);
    }
    if (!chmod.isEmpty()) {
      all.add("--chmod=" + chmod);
    }
    all.addAll(sources);
    files.forEach(f -> all.add("<<" + f.name()));
    all.add(destination);
    return String.join(" ", all) + " # buildkit";
  }
}
