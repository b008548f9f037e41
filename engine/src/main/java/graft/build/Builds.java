package graft.build;

import graft.build.dockerfile.CallResult;
import graft.build.source.FileStore;
import graft.build.source.FileTree;
import graft.image.Attestation;
import graft.image.Bundle;
import graft.images.ImageRecord;
import graft.images.Packed;
import graft.oci.Platform;
import graft.oci.Reference;
import graft.recipe.Recipe;
import graft.registry.Credentials;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/// The room of the builds.
public interface Builds {
  /// On an image that a failed step left, and on what was built on it since: when the step failed.
  String FAILED = "graft.failed";

  /// Whether an image is what a failed step left, and nobody has given it another name.
  static boolean isOfFailedStep(ImageRecord image) {
    return image.labels().containsKey(FAILED)
        && !image.names().isEmpty()
        && image.names().stream().allMatch(n -> n.familiar().matches("failed:[0-9a-f]{12}"));
  }

  /// Runs the steps that are needed for the target and are not kept already. Blocks; an interrupt
  /// ends the running steps and the build.
  ///
  /// @return what was built, held until it is closed
  /// @throws BuildException what its author has to know
  Result build(BuildRequest request, BuildClient client, Consumer<BuildEvent> listener)
      throws IOException, InterruptedException;

  /// How images of this engine were made.
  Recipes recipes();

  /// Fetches the files of a source, of which nothing is built.
  SourceFiles fetch(BuildRequest.Source source, BuildClient client, Consumer<BuildEvent> listener)
      throws IOException, InterruptedException;

  /// Files of a source, which are there until this is closed. Links are followed, but never out.
  interface SourceFiles extends Closeable {
    /// Empty if there is nothing of that path.
    Optional<FileTree.Entry> stat(String path);

    /// What is in a directory, by name.
    SortedMap<String, FileTree.Entry> list(String directory);

    /// NOT_FOUND if there is no such file.
    InputStream open(String path) throws IOException;

    @Override
    void close();
  }

  /// What is asked of a Dockerfile without building it.
  ///
  /// @param call `check`, `outline` or `targets`
  /// @throws BuildException it makes no sense; `check` says so in its answer
  CallResult call(
      BuildRequest request, BuildClient client, String call, Consumer<BuildEvent> listener)
      throws IOException, InterruptedException;

  /// Where contents of contexts are kept.
  FileStore files();

  /// What was built: nothing yet that has a name.
  interface Result extends Closeable {
    String id();

    /// One for each platform, in the order they were asked for; the bytes of the image's config.
    SortedMap<Platform, byte[]> configs();

    /// What is to be said of one platform's image, as the request asked for it; made when it is
    /// asked for, since what is kept here has no use for it.
    List<Attestation> attestations(Platform platform) throws IOException, InterruptedException;

    /// How one platform's was made.
    Recipe.Build recipe(Platform platform) throws IOException, InterruptedException;

    /// Keeps it as an image. An event of the vertex `exporting to image` tells of it.
    ///
    /// @param names may be none; they move from where they were
    ImageRecord store(List<Reference> names, Consumer<BuildEvent> listener)
        throws IOException, InterruptedException;

    /// Keeps it as an image, pushes it, or both. The store has images for one platform each: of
    /// several, that for this machine is kept, else the first.
    ///
    /// @param credentials of whoever wants it pushed
    Exported export(ImageExport export, Credentials credentials, Consumer<BuildEvent> listener)
        throws IOException, InterruptedException;

    /// Writes down the results of the build's steps where other engines find them; see
    /// [CacheSource].
    ///
    /// @param credentials for a registry
    /// @param taker of files for the client
    Bundle exportCache(
        CacheExport export, Credentials credentials, Taker taker, Consumer<BuildEvent> listener)
        throws IOException, InterruptedException;

    /// Packs it to be taken elsewhere as files, within a vertex that tells of it.
    ///
    /// @param format what progress calls it: `oci`, `docker`
    void pack(
        List<Reference> names,
        ImageForm form,
        String format,
        Taker taker,
        Consumer<BuildEvent> listener)
        throws IOException, InterruptedException;

    /// In what another result for the same platforms differs from this.
    List<Difference> differences(Result other) throws IOException, InterruptedException;

    /// Writes the merged file system of one platform's image as a tar, and beside it what the
    /// request wants to have said of it. If the build has a time, all files have it.
    void writeTar(Platform platform, FilesForm form, OutputStream out)
        throws IOException, InterruptedException;

    /// The same of all platforms, each in a directory: `linux_arm64`.
    void writeTars(FilesForm form, OutputStream out) throws IOException, InterruptedException;

    @Override
    void close();
  }

  /// Between two builds of the same.
  ///
  /// @param step as the image's history has it; empty if it is none's
  /// @param path empty if it is of no file
  /// @param what one sentence: `mode: 644, then 600`
  record Difference(String step, String path, String what) {}

  /// What has become of an image.
  ///
  /// @param kept the image that is here now
  /// @param pushed what the registry has now
  record Exported(Optional<ImageRecord> kept, Optional<Bundle> pushed) {}

  /// Takes what was packed.
  interface Taker {
    /// @param taken hears how many bytes
    void take(Packed packed, LongConsumer taken) throws IOException, InterruptedException;
  }

  /// Kept results of steps, for `du` and `prune`.
  ///
  /// @param description of the step: `[2/3] RUN make`
  record Usage(
      String id,
      List<String> parents,
      String type,
      String description,
      long size,
      boolean inUse,
      boolean shared,
      Instant created,
      Optional<Instant> lastUsed,
      int count) {
    public Usage {
      parents = List.copyOf(parents);
    }
  }

  List<Usage> usage() throws IOException;

  /// @param all also what images stand on; else only what nothing needs
  /// @param unusedFor only what was not used for as long
  /// @param keep stop when as few bytes are left; 0 for none
  /// @return what went
  List<Usage> prune(boolean all, Duration unusedFor, long keep) throws IOException;
}
