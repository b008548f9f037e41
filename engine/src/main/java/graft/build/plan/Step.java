package graft.build.plan;

import graft.build.dockerfile.Instruction;
import graft.build.dockerfile.Origin;
import graft.build.dockerfile.RunMount;
import graft.oci.ImageConfig.Settings;
import java.util.List;

/// An instruction of a stage as it is to be done: with its variables replaced.
///
/// @param number its place among the steps that progress counts; 0 for one that changes the config
///   alone
/// @param title what progress shows: `RUN make`
/// @param settings the image's after it
/// @param author of the image after it
/// @param history what history says of it; empty for nothing
public record Step(
    int number,
    String title,
    Origin origin,
    Work work,
    Settings settings,
    String author,
    String history) {
  /// What is done to files.
  public sealed interface Work {
    record Nothing() implements Work {}

    /// @param environment `KEY=value`, complete
    /// @param scripts files that the arguments name
    record Run(
        List<String> arguments,
        List<Script> scripts,
        List<String> environment,
        String directory,
        String user,
        List<RunMount> mounts,
        Instruction.Network network,
        Instruction.Security security,
        List<Instruction.Device> devices)
        implements Work {}

    /// @param destination absolute
    record Copy(Instruction.Copy instruction, String destination) implements Work {}

    /// @param destination absolute
    record Add(Instruction.Add instruction, String destination) implements Work {}

    /// @param path absolute
    /// @param user of the image, whose the directory is if it has to be made
    record Directory(String path, String user) implements Work {}
  }

  /// A file that a RUN executes: `/dev/pipes/NAME`.
  public record Script(String name, String content) {}

  boolean changesFiles() {
    return !(work instanceof Work.Nothing);
  }
}
