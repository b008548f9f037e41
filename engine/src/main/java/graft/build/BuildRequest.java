package graft.build;

import graft.oci.Digest;
import graft.oci.Platform;
import graft.oci.Reference;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What is to be built, apart from the files.
///
/// @param id what the client calls the build; any text
/// @param context where the files are
/// @param contexts named ones, by name: they stand for images and stages of that name
/// @param dockerfile which file describes the build
/// @param target the stage that is wanted; empty for the last; `STAGE:N` up to an instruction of it
/// @param arguments `--build-arg`; without a value for one that is only declared
/// @param labels put on the image after all others
/// @param platforms what is built for; empty for the engine's own
/// @param annotations put on the manifest
/// @param attestations what is to be said of the result: `provenance`, `sbom`, each with its
///   attributes (`mode` → `max`)
/// @param caches of other engines
public record BuildRequest(
    String id,
    Source context,
    Map<String, Source> contexts,
    DockerfileSource dockerfile,
    String target,
    Map<String, Optional<String>> arguments,
    Map<String, String> labels,
    List<Platform> platforms,
    NoCache noCache,
    Pull pull,
    RunOptions run,
    Map<String, String> annotations,
    Optional<Instant> sourceDateEpoch,
    Map<String, Map<String, String>> attestations,
    Caches caches) {
  public BuildRequest {
    contexts = Map.copyOf(contexts);
    arguments = Map.copyOf(arguments);
    labels = Map.copyOf(labels);
    platforms = List.copyOf(platforms);
    annotations = Map.copyOf(annotations);
    attestations = Map.copyOf(attestations);
  }

  /// Of whose result nothing is said.
  public BuildRequest(
      String id,
      Source context,
      Map<String, Source> contexts,
      DockerfileSource dockerfile,
      String target,
      Map<String, Optional<String>> arguments,
      Map<String, String> labels,
      List<Platform> platforms,
      NoCache noCache,
      Pull pull,
      RunOptions run,
      Map<String, String> annotations,
      Optional<Instant> sourceDateEpoch) {
    this(
        id,
        context,
        contexts,
        dockerfile,
        target,
        arguments,
        labels,
        platforms,
        noCache,
        pull,
        run,
        annotations,
        sourceDateEpoch,
        Map.of(),
        Caches.NONE);
  }

  /// @param from where results of steps are looked for that are not here
  /// @param inline the image's config is to say which steps made it, so that others can look there
  public record Caches(List<CacheSource> from, boolean inline) {
    public static final Caches NONE = new Caches(List.of(), false);

    public Caches {
      from = List.copyOf(from);
    }
  }

  /// For nothing but files of a source.
  public static BuildRequest of(Source source) {
    return new BuildRequest(
        "",
        source,
        Map.of(),
        new DockerfileSource("Dockerfile", Optional.empty(), Optional.empty()),
        "",
        Map.of(),
        Map.of(),
        List.of(),
        new NoCache.Nothing(),
        Pull.MISSING,
        RunOptions.DEFAULT,
        Map.of(),
        Optional.empty());
  }

  public BuildRequest withTarget(String stage) {
    return new BuildRequest(
        id,
        context,
        contexts,
        dockerfile,
        stage,
        arguments,
        labels,
        platforms,
        noCache,
        pull,
        run,
        annotations,
        sourceDateEpoch,
        attestations,
        caches);
  }

  /// Where files come from.
  public sealed interface Source {
    /// A directory of the client's, by the name under which [BuildClient#files] knows it.
    record Local(String name) implements Source {}

    /// `https://host/repo.git#ref:directory`, as the client wrote it.
    record Git(String url) implements Source {}

    /// A tar of any compression, or a Dockerfile.
    record Http(String url) implements Source {}

    /// The file that a URL gives, as it came, under a name.
    ///
    /// @param checksum `sha256:…` that it must have; empty for none
    record Download(String url, String name, String checksum) implements Source {}

    record Image(Reference reference) implements Source {}

    /// An image in an OCI layout of the client's.
    ///
    /// @param store by which [BuildClient#blobs] knows the layout
    /// @param digest of a manifest or index
    record Layout(String store, Digest digest) implements Source {}

    /// A directory of another source.
    record Within(Source source, String directory) implements Source {}

    /// What another build of this engine has made and not yet let go, by its id.
    record Result(String id) implements Source {}
  }

  /// @param path of the file in its source
  /// @param source empty if it is in the context
  /// @param inline the text itself; then the rest is only what it is called
  public record DockerfileSource(String path, Optional<Source> source, Optional<byte[]> inline) {}

  /// Which steps are run although they are kept.
  public sealed interface NoCache {
    record Nothing() implements NoCache {}

    record Everything() implements NoCache {}

    record Stages(List<String> names) implements NoCache {
      public Stages {
        names = List.copyOf(names);
      }
    }
  }

  /// Which images are asked for at their registries.
  public enum Pull {
    MISSING,
    ALWAYS
  }

  /// What holds for all RUN steps.
  ///
  /// @param network `default`, `none` or `host`
  /// @param hosts `name=address`, in order
  /// @param ulimits `nofile=1024:2048`
  /// @param shmSize bytes; 0 for 64 MB
  /// @param memory bytes; 0 for no limit
  /// @param entitlements `network.host`, `security.insecure`
  public record RunOptions(
      String network,
      List<String> hosts,
      List<String> ulimits,
      long shmSize,
      String cgroupParent,
      String hostname,
      long memory,
      long memorySwap,
      long cpuShares,
      long cpuPeriod,
      long cpuQuota,
      String cpusetCpus,
      String cpusetMems,
      List<String> entitlements) {
    public static final RunOptions DEFAULT =
        new RunOptions(
            "default", List.of(), List.of(), 0, "", "", 0, 0, 0, 0, 0, "", "", List.of());

    public RunOptions {
      hosts = List.copyOf(hosts);
      ulimits = List.copyOf(ulimits);
      entitlements = List.copyOf(entitlements);
    }
  }
}
