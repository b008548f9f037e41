package graft.build;

import graft.build.dockerfile.Location;
import graft.build.dockerfile.Warning;
import graft.oci.Digest;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What happens in a build, for whoever shows it. The events of one vertex come in order; those of
/// several run side by side.
///
/// A *vertex* is what progress shows as one numbered line: a step, or work of the engine's such as
/// `[internal] load build context`. Its id is any digest that no other vertex of the build has.
public sealed interface BuildEvent {
  Digest vertex();

  Instant at();

  /// @param name as BuildKit words it: `[stage-1 2/3] RUN make`
  /// @param inputs the vertices it waited for
  record Started(Digest vertex, Instant at, String name, List<Digest> inputs)
      implements BuildEvent {
    public Started {
      inputs = List.copyOf(inputs);
    }
  }

  /// @param cached nothing had to be done
  record Completed(Digest vertex, Instant at, boolean cached) implements BuildEvent {}

  /// @param error one sentence
  record Failed(Digest vertex, Instant at, String error, boolean canceled) implements BuildEvent {}

  enum Source {
    STDOUT,
    STDERR
  }

  /// A piece of output of a RUN step. The bytes belong to the receiver.
  record Output(Digest vertex, Instant at, Source source, byte[] bytes) implements BuildEvent {}

  /// How far something is that a vertex does: `transferring context:`, `exporting layers`.
  ///
  /// @param total 0 if it is not known, or nothing that is counted
  /// @param completed empty while it lasts
  record Status(
      Digest vertex,
      Instant at,
      String name,
      long current,
      long total,
      Instant started,
      Optional<Instant> completed)
      implements BuildEvent {}

  /// Something about the Dockerfile that its author may want to change.
  ///
  /// @param place where, with the text of the Dockerfile
  record Warned(Digest vertex, Instant at, Warning warning, Location place) implements BuildEvent {}

  /// What a step that is about to fail left of its files is kept.
  ///
  /// @param image its name
  record Kept(Digest vertex, Instant at, String image) implements BuildEvent {}

  /// Why a step has to be done although one like it is kept: the first thing in which they differ.
  ///
  /// @param reason `files: a.txt …`, in one sentence
  record Explained(Digest vertex, Instant at, String reason) implements BuildEvent {}

  /// An instruction of the Dockerfile, as the classic builder counts them: also those that change
  /// the config of the image alone and have no vertex. Told when it begins and when it is done.
  ///
  /// @param number among the instructions of all stages that are needed, in the order of the file,
  ///   the first being 1
  /// @param text with variables replaced where progress shows them so
  /// @param done empty when it begins; then names what the image is so far
  record Instruction(
      Digest vertex, Instant at, int number, int total, String text, Optional<Digest> done)
      implements BuildEvent {}
}
