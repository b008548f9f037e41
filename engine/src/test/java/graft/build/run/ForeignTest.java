package graft.build.run;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.oci.Platform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ForeignTest {
  /// As the kernel shows what Debian's qemu-user-static has registered.
  private static final String ARM64 =
      """
      %s
      interpreter /usr/bin/qemu-aarch64-static
      flags: %s
      offset 0
      magic 7f454c460201010000000000000000000200b700
      mask ffffffffffffff00fffffffffffffffffeffffff
      """;

  private static final String S390X =
      """
      enabled
      interpreter /usr/bin/qemu-s390x-static
      flags: POF
      offset 0
      magic 7f454c4602020100000000000000000000020016
      mask ffffffffffffff00fffffffffffffffffffeffff
      """;

  private static final Platform AMD64 = new Platform("linux", "amd64");

  @TempDir Path registered;

  @BeforeEach
  void register() throws IOException {
    Files.writeString(registered.resolve("register"), "");
    Files.writeString(registered.resolve("status"), "enabled\n");
    Files.writeString(
        registered.resolve("python3.11"),
        "enabled\ninterpreter /usr/bin/python3.11\nflags: \noffset 0\nmagic a70d0d0a\n");
    Files.writeString(
        registered.resolve("jar"),
        "enabled\ninterpreter /usr/bin/java\nflags: F\nextension .jar\n");
    Files.writeString(registered.resolve("qemu-s390x"), S390X);
  }

  @ParameterizedTest
  @CsvSource({"linux/amd64", "linux/386", "linux/s390x", "linux/arm64", "linux/arm64/v8"})
  void whatRuns(String platform) throws IOException {
    Files.writeString(registered.resolve("qemu-aarch64"), ARM64.formatted("enabled", "PF"));
    assertThatCode(() -> Foreign.check(Platform.parse(platform), AMD64, registered))
        .doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          linux/arm64,   disabled, F,  no emulator is registered
          linux/arm64,   enabled,  PO, without the flag F
          linux/riscv64, enabled,  F,  no emulator is registered
          linux/ppc64le, enabled,  F,  no emulator is registered
          linux/vax,     enabled,  F,  its programs are not known
          windows/amd64, enabled,  F,  another system
          """)
  void whatDoesNotRunSaysWhy(String platform, String state, String flags, String why)
      throws IOException {
    Files.writeString(registered.resolve("qemu-aarch64"), ARM64.formatted(state, flags));
    assertThatThrownBy(() -> Foreign.check(Platform.parse(platform), AMD64, registered))
        .hasMessageStartingWith("cannot run programs for " + platform + " on linux/amd64: ")
        .hasMessageContaining(why);
  }

  @Test
  void aKernelThatKnowsNoOthers() {
    assertThatThrownBy(
            () -> Foreign.check(new Platform("linux", "arm64"), AMD64, registered.resolve("none")))
        .hasMessageContaining("the kernel has no ");
  }
}
