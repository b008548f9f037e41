package graft.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.ZoneId;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OutputTest {
  @ParameterizedTest
  @CsvSource({
    "0,Less than a second",
    "1,1 second",
    "59,59 seconds",
    "60,About a minute",
    "119,About a minute",
    "3540,59 minutes",
    "3600,About an hour",
    "7200,2 hours",
    "172800,2 days",
    "1209600,2 weeks",
    "5184000,2 months",
    "63072000,2 years"
  })
  void saysDurationsAsDockerDoes(long seconds, String expected) {
    assertThat(Human.duration(Duration.ofSeconds(seconds))).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"0,0B", "1023,1023B", "1024,1KiB", "67108864,64MiB", "1610612736,1.5GiB"})
  void saysMemoryInPowersOfTwo(long bytes, String expected) {
    assertThat(Human.binary(bytes)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "UTC,2023-11-14 22:13:20 +0000 UTC",
    "Europe/Berlin,2023-11-14 23:13:20 +0100 CET",
    "Asia/Kolkata,2023-11-15 03:43:20 +0530 IST"
  })
  void saysMomentsAsGoDoes(String zone, String expected) {
    assertThat(Human.moment(1_700_000_000, ZoneId.of(zone))).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "80~0~1000000~[>                                                 ]  0B/1MB",
        "80~500000~1000000~[=========================>                        ]  500kB/1MB",
        "80~1000000~1000000~[==================================================]  1MB/1MB",
        "30~500000~1000000~[========>        ]  500kB/1MB",
        "15~500000~1000000~500kB/1MB",
        "80~500000~0~500kB"
      })
  void drawsBarsThatFit(int room, long current, long total, String expected) {
    assertThat(Bars.bar(room, current, total)).isEqualTo(expected).hasSizeLessThanOrEqualTo(room);
  }

  @Test
  void redrawsInPlace() {
    Bars bars = new Bars(40, 24);
    assertThat(bars.above("Pulling")).isEqualTo("Pulling\n");
    assertThat(bars.update("a", "Waiting", 0, 0)).isEqualTo("\u001b[2Ka: Waiting\n");
    assertThat(bars.update("b", "Waiting", 0, 0))
        .isEqualTo("\u001b[1A\r\u001b[2Ka: Waiting\n\u001b[2Kb: Waiting\n");
    assertThat(bars.update("a", "Done", 0, 0))
        .isEqualTo("\u001b[2A\r\u001b[2Ka: Done\n\u001b[2Kb: Waiting\n");
    assertThat(bars.above("Digest"))
        .isEqualTo("\u001b[2A\r\u001b[2KDigest\n\u001b[2Ka: Done\n\u001b[2Kb: Waiting\n");
  }

  @Test
  void drawsNoMoreThanTheScreenHas() {
    Bars bars = new Bars(20, 3);
    bars.update("a", "x", 0, 0);
    bars.update("b", "x", 0, 0);
    assertThat(bars.update("c", "a status that is too long for it", 0, 0))
        .isEqualTo("\u001b[2A\r\u001b[2Kb: x\n\u001b[2Kc: a status that is \n");
  }

  @Test
  void coloursOnlyTerminals() {
    assertThat(Style.of(false).bold("x")).isEqualTo("x");
    assertThat(Style.PLAIN.red("x")).isEqualTo("x");
  }

  @Test
  void headsColumnsOfLabelsByTheirKey() {
    Table table = new Table("Name=NAMES");
    table.add("web");
    table.labels(graft.cli.json.Json.of(java.util.Map.of("com.acme.some-role", "front")));
    assertThat(table.render("table {{.Name}}\t{{.Label \"com.acme.some-role\"}}"))
        .isEqualTo("NAMES     some role\nweb       front\n");
    assertThat(table.render("{{.Label \"com.acme.some-role\"}}.{{.Label \"no\"}}"))
        .isEqualTo("front.\n");
    assertThat(table.render("json")).isEqualTo("{\"Name\":\"web\"}\n");
  }
}
