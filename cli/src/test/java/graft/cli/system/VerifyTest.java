package graft.cli.system;

import static org.assertj.core.api.Assertions.assertThat;

import graft.cli.json.Json;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VerifyTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'images':['a:1','b:2'] | layer 0123456789ab of a:1, b:2: its content has another digest",
        "'images':[] | layer 0123456789ab: its content has another digest",
      })
  void whatIsDamagedIsNamed(String images, String line) throws Exception {
    Json thing =
        Json.parse(
            ("{'kind':'layer','digest':'sha256:0123456789abcdef','ok':false,"
                    + "'problem':'its content has another digest',"
                    + images
                    + "}")
                .replace('\'', '"'));
    assertThat(Verify.damaged(thing)).isEqualTo(line);
  }
}
