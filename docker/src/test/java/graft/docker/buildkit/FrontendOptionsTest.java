package graft.docker.buildkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.build.BuildRequest;
import graft.build.BuildRequest.Source;
import graft.docker.buildkit.proto.Control;
import graft.docker.buildkit.proto.Gateway;
import graft.docker.buildkit.proto.Message;
import graft.docker.buildkit.proto.Ops.Definition;
import graft.docker.buildkit.proto.ProtoReader;
import graft.docker.buildkit.proto.ProtoWriter;
import graft.oci.Digest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FrontendOptionsTest {
  private static final String DIGEST = Digest.of("x".getBytes(StandardCharsets.UTF_8)).toString();
  private static final Source GIT = new Source.Git("https://host/repo.git");

  private static BuildRequest read(Map<String, String> options, Map<String, Definition> inputs)
      throws IOException {
    Control.SolveRequest job =
        ProtoReader.parse(
            ProtoWriter.bytes(out -> out.text(1, "build").text(5, "session")),
            Control.SolveRequest::read);
    return FrontendOptions.read(
        job,
        new Gateway.SolveRequest(
            Definition.EMPTY, "dockerfile.v0", options, List.of(), inputs, false));
  }

  /// A graph of a source and some copies, each in the form `from>to[,contents][,unpack]`.
  private static Definition graph(String url, Map<String, String> attributes, String... copies) {
    List<byte[]> operations = new ArrayList<>();
    operations.add(
        ProtoWriter.bytes(op -> op.message(3, source -> source.text(1, url).map(2, attributes))));
    for (String copy : copies) {
      String[] parts = copy.split(",");
      String[] paths = parts[0].split(">");
      Message action =
          file ->
              file.text(1, paths[0])
                  .text(2, paths[1])
                  .number(4, copy.contains("mode") ? 0644 : -1)
                  .flag(6, copy.contains("contents"))
                  .flag(7, copy.contains("unpack"))
                  .number(11, -1);
      operations.add(
          ProtoWriter.bytes(op -> op.message(4, f -> f.message(2, a -> a.message(4, action)))));
    }
    operations.add(ProtoWriter.bytes(op -> op.message(1, in -> in.text(1, "sha256:0"))));
    return new Definition(operations);
  }

  @Test
  void aDirectoryOfARemoteContext() throws IOException {
    BuildRequest request =
        read(Map.of("context", "https://host/repo.git", "contextsubdir", "a/b"), Map.of());
    assertThat(request.context()).isEqualTo(new Source.Within(GIT, "a/b"));
    // The Dockerfile is named from the top.
    assertThat(request.dockerfile().source()).contains(GIT);
  }

  @Test
  void aLocalContextHasNoSubdirectory() {
    assertThatThrownBy(() -> read(Map.of("contextsubdir", "a"), Map.of()))
        .hasMessageContaining("is for remote contexts");
  }

  @ParameterizedTest
  @CsvSource({"oci-layout://store@", "oci-layout://store:tag@", "oci-layout:store@"})
  void aLayoutOfTheClients(String before) throws IOException {
    assertThat(read(Map.of("context:base", before + DIGEST), Map.of()).contexts())
        .isEqualTo(Map.of("base", new Source.Layout("store", Digest.parse(DIGEST))));
  }

  @Test
  void aLayoutNeedsADigest() {
    assertThatThrownBy(() -> read(Map.of("context:base", "oci-layout://store:tag"), Map.of()))
        .hasMessageContaining("has no digest");
  }

  @Test
  void graphsThatAreSources() throws IOException {
    Map<String, String> named = Map.of("http.filename", "context");
    assertThat(FrontendOptions.source(graph("https://host/x", named)))
        .isEqualTo(new Source.Download("https://host/x", "context", ""));
    assertThat(FrontendOptions.source(graph("https://host/x", named, "/context>/,unpack")))
        .isEqualTo(new Source.Http("https://host/x"));
    assertThat(
            FrontendOptions.source(
                graph("https://host/x", named, "context>/,unpack", "/sub>/,contents")))
        .isEqualTo(new Source.Within(new Source.Http("https://host/x"), "sub"));
    assertThat(
            FrontendOptions.source(
                graph(
                    "git://host/repo.git#main",
                    Map.of("git.fullurl", "https://host/repo.git"),
                    "sub>/,contents")))
        .isEqualTo(new Source.Within(new Source.Git("https://host/repo.git#main"), "sub"));
    assertThat(FrontendOptions.source(graph("https://host/x", Map.of("http.checksum", DIGEST))))
        .isEqualTo(new Source.Download("https://host/x", "index", DIGEST));
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          https://host/x, '/other>/,unpack',        no single source
          https://host/x, '/index>/elsewhere',      no single source
          https://host/x, '/index>/',               no single source
          https://host/x, '/index>/,mode',          another mode
          ftp://host/x,   '/a>/,contents',          no single source
          """)
  void otherGraphsAreRefused(String url, String copy, String message) {
    assertThatThrownBy(() -> FrontendOptions.source(graph(url, Map.of(), copy)))
        .hasMessageContaining(message);
  }

  @Test
  void programsOfGraphsAreNotRun() {
    byte[] exec = ProtoWriter.bytes(op -> op.message(2, Message.EMPTY));
    assertThatThrownBy(() -> FrontendOptions.source(new Definition(List.of(exec))))
        .hasMessageContaining("wants something run");
    byte[] unknown = ProtoWriter.bytes(op -> op.message(9, Message.EMPTY));
    assertThatThrownBy(() -> FrontendOptions.source(new Definition(List.of(unknown))))
        .hasMessageContaining("not known");
    byte[] removes =
        ProtoWriter.bytes(op -> op.message(4, f -> f.message(2, a -> a.message(7, Message.EMPTY))));
    assertThatThrownBy(() -> FrontendOptions.source(new Definition(List.of(removes))))
        .hasMessageContaining("wants files made");
  }

  @Test
  void aDownloadHasNoOtherAttributes() {
    assertThatThrownBy(() ->
            FrontendOptions.source(graph("https://host/x", Map.of("http.header.cookie", "c"))))
        .hasMessageContaining("http.header.cookie");
  }

  @Test
  void whatIsToBeSaidOfTheResult() throws IOException {
    assertThat(
            read(
                    Map.of(
                        "attest:provenance", "mode=max,inline-only=true",
                        "attest:sbom", "",
                        "attest:other", "disabled=true"),
                    Map.of())
                .attestations())
        .isEqualTo(
            Map.of("provenance", Map.of("mode", "max", "inline-only", "true"), "sbom", Map.of()));
    assertThat(read(Map.of(), Map.of()).sourceDateEpoch()).isEqualTo(Optional.empty());
  }
}
