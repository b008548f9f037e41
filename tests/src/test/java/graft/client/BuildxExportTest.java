package graft.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import graft.cli.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What `docker build` gives: images here, at a registry and as files, for one platform and for
/// several. With the real client and a real registry.
@Tag("root")
class BuildxExportTest extends BuildxCase {
  @Test
  void withoutAWordItIsAPlainImage() throws Exception {
    docker("build", "--metadata-file", "plain.json", "--iidfile", "plain.id", "-t", "plain", "one");
    String id = docker("inspect", "-f", "{{.Id}}", "plain").strip();
    assertThat(dir.resolve("p/plain.id")).hasContent(id);
    assertThat(json("plain.json").at("containerimage.digest").text()).isEqualTo(id);
    assertThat(docker("run", "--rm", id, "cat", "/two")).isEqualTo("from the context\n");
    docker("tag", "plain", builds.name("plain"));
    docker("push", builds.name("plain"));
    assertThat(inspect(builds.name("plain")).at("mediaType").text())
        .isEqualTo("application/vnd.oci.image.manifest.v1+json");
    docker("save", "-o", "plain.tar", "plain");
    assertThat(docker("load", "-i", "plain.tar")).contains("plain:latest");
  }

  @Test
  void theEnginePushesWithWhatItHasToSayOfIt() throws Exception {
    docker(
        "build",
        "--push",
        "-t",
        builds.name("said:1"),
        "-t",
        builds.name("said:2"),
        "-t",
        builds.name("other"),
        "--metadata-file",
        "said.json",
        "--iidfile",
        "said.id",
        "one");
    String digest = json("said.json").at("containerimage.digest").text();
    assertThat(json("said.json").at("containerimage.descriptor").at("digest").text())
        .isEqualTo(digest);
    assertThat(json("said.json").at("image.name").text())
        .isEqualTo(
            builds.name("said:1")
                + ","
                + builds.name("said:2")
                + ","
                + builds.name("other:latest"));
    for (String image : List.of("said:1", "said:2", "other", "said@" + digest)) {
      Json index = inspect(builds.name(image));
      assertThat(index.at("manifests").items()).hasSize(2);
      Json said = index.at("manifests").items().get(1);
      assertThat(said.at("platform").at("os").text()).isEqualTo("unknown");
      assertThat(said.at("annotations").at("vnd.docker.reference.digest").text())
          .isEqualTo(index.at("manifests").items().get(0).at("digest").text());
    }
    Json provenance =
        Json.parse(
            docker(
                "buildx",
                "imagetools",
                "inspect",
                "--format",
                "{{json .Provenance}}",
                builds.name("said:1")));
    assertThat(provenance.write()).contains("pkg:docker/busybox@latest?platform=linux%2Famd64");
    // The index's digest names the image here as well.
    assertThat(docker("run", "--rm", Files.readString(dir.resolve("p/said.id")), "cat", "/two"))
        .isEqualTo("from the context\n");
    docker("rmi", builds.name("said:1"), builds.name("said:2"), builds.name("other"));
    docker("pull", builds.name("said:1"));
    assertThat(docker("run", "--rm", builds.name("said:1"), "true")).isEmpty();
  }

  @Test
  void aRegistryCanHaveItPlain() throws Exception {
    docker("build", "--push", "--provenance=false", "-t", builds.name("bare"), "one");
    assertThat(inspect(builds.name("bare")).at("layers").items()).hasSize(3);
  }

  @Test
  void layersArePackedAsIsWished() throws Exception {
    docker(
        "build",
        "-t",
        builds.name("zstd"),
        "--provenance=false",
        "-o",
        "type=image,push=true,compression=zstd,force-compression=true",
        "one");
    assertThat(inspect(builds.name("zstd")).at("layers").items())
        .allMatch(l -> l.at("mediaType").text().endsWith("tar+zstd"));
    docker("rmi", builds.name("zstd"));
    docker("pull", builds.name("zstd"));
    assertThat(docker("run", "--rm", builds.name("zstd"), "cat", "/two"))
        .isEqualTo("from the context\n");
    docker("build", "-t", "raw", "-o", "type=oci,dest=raw.tar,compression=uncompressed", "one");
    // The layers of the build; the base's stays as it came from wherever it came.
    assertThat(Json.parse(run("tar", "xOf", "raw.tar", manifest("raw.tar"))).at("layers").items())
        .hasSize(3)
        .filteredOn(l -> l.at("mediaType").text().equals("application/vnd.oci.image.layer.v1.tar"))
        .hasSizeGreaterThanOrEqualTo(2);
    // What was unpacked for that file does not stay, and so is not taken for how layers came.
    docker("build", "-t", builds.name("gzip"), "--provenance=false", "--push", "one");
    assertThat(inspect(builds.name("gzip")).at("layers").items())
        .allMatch(l -> l.at("mediaType").text().endsWith("tar+gzip"));
  }

  /// The path of the manifest in a layout.
  private static String manifest(String tar) throws IOException, InterruptedException {
    Json index = Json.parse(run("tar", "xOf", tar, "index.json"));
    return "blobs/sha256/"
        + index.at("manifests").items().get(0).at("digest").text().replace("sha256:", "");
  }

  /// As BuildKit has it: all files have the time of the build, older ones as well, and what was
  /// asked to be said of them lies beside them.
  @Test
  void filesHaveTheTimeOfTheBuildAndWhatIsSaidOfThem() throws Exception {
    String old = "FROM busybox\nRUN touch -d '2001-01-01 00:00:00' /old && ln /old /hard\n";
    builds.file("timed/Dockerfile", old);
    Command.Result plain =
        builds.docker().with("build", "-o", "type=local,dest=plain.files", "timed").run();
    assertThat(plain.exit()).isZero();
    assertThat(dir.resolve("p/plain.files/provenance.json")).doesNotExist();
    assertThat(seconds("plain.files/old")).isEqualTo(978_307_200);
    docker(
        "build",
        "--build-arg=SOURCE_DATE_EPOCH=1600000000",
        "--provenance=mode=max",
        "--sbom=true",
        "-o",
        "type=local,dest=timed.files",
        "-o",
        "type=tar,dest=timed.tar,attestation-prefix=x.,platform-split=false",
        "timed");
    for (String name : List.of("old", "bin/busybox", "bin", "provenance.json", "sbom.spdx.json")) {
      assertThat(seconds("timed.files/" + name)).describedAs(name).isEqualTo(1_600_000_000);
    }
    Json statement = json("timed.files/provenance.json");
    assertThat(statement.at("predicateType").text()).startsWith("https://slsa.dev/provenance/");
    List<Json> subjects = statement.at("subject").items();
    String empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assertThat(subjects)
        .filteredOn(s -> s.at("digest").at("sha256").text().equals(empty))
        .extracting(s -> s.at("name").text())
        .contains("old", "hard");
    assertThat(subjects)
        .extracting(s -> s.at("name").text())
        .contains("bin/busybox")
        .doesNotContain("bin", "provenance.json");
    assertThat(json("timed.files/sbom.spdx.json").at("predicateType").text())
        .isEqualTo("https://spdx.dev/Document");
    String host = graft.oci.Platform.host().toString().replace('/', '_');
    assertThat(run("tar", "tf", "timed.tar").lines())
        .contains("old", "x.provenance." + host + ".json", "x.sbom.spdx." + host + ".json");
    assertThat(run("env", "TZ=UTC", "tar", "tvf", "timed.tar", "--full-time").lines())
        .allMatch(l -> l.contains("2020-09-13 12:26:40"));
  }

  /// With what was built, but without what it was built from.
  @Test
  void aRecipeGoesAlongIfItIsAskedFor() throws Exception {
    String image = builds.name("how:1");
    // Files that no other test builds from: the list of them goes with the last recipe of them.
    builds.file("how/Dockerfile", "FROM busybox\nCOPY a.txt /one\nRUN cat /one >/two\n");
    builds.file("how/a.txt", "of its own test.\n");
    docker("build", "-t", image, "how");
    Command graft = builds.engine().graft(dir.resolve("p"));
    assertThat(graft.with("push", image).run().output()).doesNotContain("recipe");
    Command.Result pushed = graft.with("push", "--recipe", image).run();
    assertThat(pushed.output()).contains("recipe: digest: sha256:");
    String steps = graft.with("recipe", "-q", image).run().output();
    assertThat(graft.with("push", "--recipe", image).run().output().lines().toList().getLast())
        .isEqualTo(pushed.out().lines().toList().getLast());
    docker("tag", "busybox", builds.name("how:2"));
    docker("push", builds.name("how:2"));
    assertThat(graft.with("push", "--recipe", builds.name("how:2")).run().err())
        .contains("has no recipe that could go along");
    docker("rmi", image);
    graft.with("trash", "empty", "--force").run().output(); // which has the list of files
    assertThat(graft.with("pull", image).run().exit()).isZero();
    assertThat(graft.with("recipe", image).run().err()).contains("graft pull --recipe");
    assertThat(graft.with("pull", "--recipe", image).run().output()).doesNotContain("No new");
    assertThat(graft.with("recipe", "-q", image).run().output()).isEqualTo(steps);
    assertThat(graft.with("recipe", image).run().output())
        .contains("1 entry, 17B, listed but not kept");
    assertThat(graft.with("recipe", "--files", image).run().err())
        .contains("the list of the files is where the image was built");
    assertThat(graft.with("pull", "--recipe", image).run().output()).contains("No new recipe");
    // Another image under the name: the recipe is not its.
    docker("tag", "busybox", image);
    docker("push", image);
    docker("rmi", image);
    assertThat(graft.with("pull", "--recipe", image).run().output()).contains("No new recipe");
  }

  private static long seconds(String file) throws IOException {
    return Files.getLastModifiedTime(dir.resolve("p").resolve(file), LinkOption.NOFOLLOW_LINKS)
        .toInstant()
        .getEpochSecond();
  }

  @Test
  void severalOutputsOfOneBuild() throws Exception {
    docker(
        "build",
        "-t",
        "many:1",
        "-t",
        "many:2",
        "-o",
        "type=oci,dest=many.oci",
        "-o",
        "type=docker,dest=many.tar",
        "-o",
        "type=oci,dest=many.dir,tar=false",
        "-o",
        "type=local,dest=many.files",
        "one");
    assertThat(run("tar", "xOf", "many.oci", "index.json"))
        .contains("docker.io/library/many:1", "docker.io/library/many:2")
        // The provenance that nobody asked for goes to registries only.
        .doesNotContain("unknown");
    assertThat(run("tar", "tf", "many.tar")).contains("manifest.json");
    assertThat(Files.readString(dir.resolve("p/many.dir/index.json")))
        .contains("docker.io/library/many:2");
    assertThat(dir.resolve("p/many.files/two")).hasContent("from the context");
    for (String tar : List.of("many.oci", "many.tar")) {
      assertThat(docker("load", "-i", tar)).contains("many:1", "many:2");
      assertThat(docker("run", "--rm", "many:2", "cat", "/two")).isEqualTo("from the context\n");
      docker("rmi", "many:1", "many:2");
    }
    assertThat(
            run(
                "sh",
                "-c",
                "cd many.dir/blobs/sha256 && for f in *; do"
                    + " [ $(sha256sum <$f | cut -c-64) = $f ] || echo bad $f; done"))
        .isEmpty();
  }

  @Test
  void theSameSourceGivesTheSameBytes() throws Exception {
    for (String tar : List.of("a.tar", "b.tar")) {
      docker(
          "build",
          "--no-cache",
          "--build-arg",
          "SOURCE_DATE_EPOCH=1700000000",
          "-o",
          "type=oci,rewrite-timestamp=true,dest=" + tar,
          "one");
    }
    assertThat(dir.resolve("p/a.tar")).hasSameBinaryContentAs(dir.resolve("p/b.tar"));
    docker(
        "build",
        "--build-arg",
        "SOURCE_DATE_EPOCH=1700000000",
        "-t",
        "clamped",
        "-o",
        "type=image,rewrite-timestamp=true",
        "one");
    assertThat(docker("run", "--rm", "clamped", "stat", "-c", "%Y", "/two"))
        .isEqualTo("1700000000\n");
  }

  @Test
  void annotationsStandWhereTheyWereMeantTo() throws Exception {
    docker(
        "build",
        "--push",
        "-t",
        builds.name("notes"),
        "--annotation",
        "k=1",
        "--annotation",
        "index:k=2",
        "--annotation",
        "manifest-descriptor:k=3",
        "one");
    Json index = inspect(builds.name("notes"));
    assertThat(index.at("annotations").at("k").text()).isEqualTo("2");
    Json entry = index.at("manifests").items().get(0);
    assertThat(entry.at("annotations").at("k").text()).isEqualTo("3");
    Json manifest = inspect(builds.name("notes@") + entry.at("digest").text());
    assertThat(manifest.at("annotations").at("k").text()).isEqualTo("1");
  }

  @Test
  void whatCannotBeDoneIsSaidBeforeTheBuild() throws Exception {
    builds.file("long/Dockerfile", "FROM busybox\nRUN sleep 100\n");
    Command.Result result =
        builds
            .docker()
            .with("build", "-o", "type=oci,dest=x.tar,compression=estargz", "long")
            .run();
    assertThat(result.exit()).isNotZero();
    assertThat(result.err())
        .contains("compression=estargz is not supported: use gzip, zstd or uncompressed");
  }

  /// An image for two platforms, of which each has a file that says so.
  private static void base() throws IOException, InterruptedException {
    builds.file("base/Dockerfile", "FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH /\n");
    builds.file("base/arm64/arch", "arm64\n");
    Path bin = Files.createDirectories(dir.resolve("p/base/amd64/bin"));
    Files.writeString(dir.resolve("p/base/amd64/arch"), "amd64\n");
    if (!Files.exists(bin.resolve("sh"))) {
      Files.copy(Path.of("/bin/busybox"), bin.resolve("busybox"));
      Files.createLink(bin.resolve("sh"), bin.resolve("busybox"));
    }
    docker(
        "build",
        "--platform",
        "linux/amd64,linux/arm64",
        "-t",
        builds.name("base"),
        "--push",
        "base");
  }

  @Test
  void imagesForSeveralPlatformsAreOneIndex() throws Exception {
    base();
    docker("rmi", builds.name("base"));
    builds.file(
        "cross/Dockerfile",
        """
        FROM --platform=$BUILDPLATFORM %1$s AS build
        ARG TARGETPLATFORM
        RUN busybox echo "for $TARGETPLATFORM on $(busybox cat /arch)" >/out
        FROM %1$s
        COPY --from=build /out /out
        """
            .formatted(builds.name("base")));
    String[] platforms = {"--platform", "linux/arm64,linux/amd64"};
    builds
        .docker()
        .with("build")
        .with(platforms)
        .with("-t", builds.name("cross"), "--push", "-o", "type=oci,dest=cross.tar")
        .with("-o", "type=local,dest=cross.files", "cross")
        .run()
        .output();
    Json index = inspect(builds.name("cross"));
    assertThat(index.at("manifests").items().stream().map(m -> m.at("platform")))
        .extracting(p -> p.at("os").text() + "/" + p.at("architecture").text())
        .containsExactly("linux/arm64", "linux/amd64", "unknown/unknown", "unknown/unknown");
    assertThat(docker("run", "--rm", builds.name("cross"), "busybox", "cat", "/out"))
        .isEqualTo("for linux/amd64 on amd64\n");
    assertThat(dir.resolve("p/cross.files/linux_arm64/out")).hasContent("for linux/arm64 on amd64");
    assertThat(dir.resolve("p/cross.files/linux_arm64/arch")).hasContent("arm64");
    assertThat(dir.resolve("p/cross.files/linux_amd64/arch")).hasContent("amd64");
    assertThat(run("tar", "xOf", "cross.tar", manifest("cross.tar")))
        .contains("\"architecture\":\"arm64\"", "\"architecture\":\"amd64\"");
    // The base for another platform did not take the name from the one for this.
    assertThat(docker("inspect", "-f", "{{.Architecture}}", builds.name("base")))
        .isEqualTo("amd64\n");
  }

  @Test
  void programsOfAnotherPlatformNeedAnEmulator() throws Exception {
    assumeTrue(!Files.exists(Path.of("/proc/sys/fs/binfmt_misc/qemu-s390x")));
    builds.file("foreign/Dockerfile", "FROM scratch\nCOPY Dockerfile /\nRUN make\n");
    Command.Result result =
        builds.docker().with("build", "--platform", "linux/s390x", "foreign").run();
    assertThat(result.err())
        .contains("cannot run programs for linux/s390x on", ">>> RUN make", "qemu-user-static");
  }
}
