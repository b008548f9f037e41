package graft.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.oci.ImageConfig;
import graft.oci.ImageConfig.Settings;
import graft.oci.Json;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MergeTest {
  private static final String ID = "0123456789abcdef".repeat(4);

  private static Settings image(String json) throws IOException {
    return ImageConfig.settings(Json.MAPPER.readTree(json.replace('\'', '"')));
  }

  private static Optional<List<String>> list(@Nullable String words) {
    if (words == null) {
      return Optional.empty();
    }
    return Optional.of(
        words.equals("-")
            ? List.of()
            : Arrays.stream(words.split(" ")).map(w -> w.equals("''") ? "" : w).toList());
  }

  /// Columns: the image's entrypoint and command, the user's, what runs. Blank is null, `-` is
  /// `[]`.
  @ParameterizedTest
  @CsvSource({
    "      ,  sh ,       ,        , sh",
    "      ,  sh ,       , ls -l  , ls -l",
    " init ,  sh ,       ,        , init sh",
    " init ,  sh ,       , ls     , init ls",
    " init ,  sh , echo  ,        , echo",
    " init ,  sh , echo  , a b    , echo a b",
    " init ,  sh , ''    , ls     , ls",
    " init ,  sh , -     , ls     , ls",
    "      ,     ,       , ls     , ls",
    " init ,     ,       ,        , init",
    " init ,  sh ,       , -      , init sh",
  })
  void entrypointAndCommand(
      @Nullable String imageEntrypoint,
      @Nullable String imageCmd,
      @Nullable String entrypoint,
      @Nullable String cmd,
      String runs) {
    Settings image =
        new Settings(
            "",
            List.of(),
            list(imageEntrypoint),
            list(imageCmd),
            "",
            java.util.Map.of(),
            java.util.Set.of(),
            java.util.Set.of(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            List.of(),
            false);
    Request.Overrides asked =
        new Request.Overrides(
            list(entrypoint),
            list(cmd),
            List.of(),
            "",
            "",
            java.util.Map.of(),
            java.util.Set.of(),
            java.util.Set.of(),
            "",
            Optional.empty(),
            List.of());
    Request request =
        new Request("x", Optional.empty(), Optional.empty(), asked, ContainerSpec.DEFAULT);
    assertThat(Merge.merge(request, image, ID, "host").run().process().args())
        .containsExactlyElementsOf(list(runs).orElseThrow());
  }

  @Test
  void nothingToRunIsRefused() {
    assertThatThrownBy(() -> Merge.merge(Request.of("x"), Settings.EMPTY, ID, "host"))
        .hasMessage("no command specified");
  }

  @Test
  void theUsersVariablesComeFirstAndWin() {
    assertThat(Merge.env(List.of("A=b", "P=2"), List.of("PATH=/bin", "P=1")))
        .containsExactly("A=b", "P=2", "PATH=/bin");
  }

  @Test
  void aBareNameRemovesTheImagesVariable() {
    assertThat(Merge.env(List.of("P"), List.of("P=1", "Q=2"))).containsExactly("Q=2");
  }

  @Test
  void aVariableNeedsAName() {
    assertThatThrownBy(() -> Merge.env(List.of("=x"), List.of()))
        .hasMessage("invalid environment variable: =x");
  }

  @Test
  void theProcessSeesPathAndHostnameFirst() {
    assertThat(Merge.processEnv(List.of("A=b", "PATH=/x"), "h1", false))
        .containsExactly("PATH=/x", "HOSTNAME=h1", "A=b");
    assertThat(Merge.processEnv(List.of(), "h1", true))
        .containsExactly("PATH=" + Merge.DEFAULT_PATH, "HOSTNAME=h1", "TERM=xterm");
  }

  @ParameterizedTest
  @CsvSource({"'',/", "/a/../b/,/b", "/,/", "/x//y,/x/y"})
  void workingDirectoriesAreCleaned(String given, String clean) {
    assertThat(Merge.workingDir(given)).isEqualTo(clean);
  }

  @Test
  void aRelativeWorkingDirectoryIsRefused() {
    assertThatThrownBy(() -> Merge.workingDir("rel"))
        .hasMessage("the working directory 'rel' is invalid, it needs to be an absolute path");
  }

  @Test
  void theRestOfTheImagesConfigIsInherited() throws IOException {
    Settings image =
        image(
            "{'User':'app','WorkingDir':'/srv','Cmd':['x'],'Labels':{'a':'1','b':'2'},"
                + "'ExposedPorts':{'80/tcp':{}},'Volumes':{'/data':{}},'StopSignal':'SIGINT'}");
    ContainerSpec spec = Merge.merge(Request.of("x"), image, ID, "host");
    assertThat(spec.run().process().user()).isEqualTo("app");
    assertThat(spec.run().process().cwd()).isEqualTo("/srv");
    assertThat(spec.run().hostname()).isEqualTo("0123456789ab");
    assertThat(spec.labels()).containsEntry("a", "1").containsEntry("b", "2");
    assertThat(spec.exposedPorts()).containsExactly("80/tcp");
    assertThat(spec.volumes()).containsExactly("/data");
    assertThat(spec.stopSignal()).isEqualTo("SIGINT");
  }
}
