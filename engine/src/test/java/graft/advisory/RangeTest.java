package graft.advisory;

import static org.assertj.core.api.Assertions.assertThat;

import graft.oci.Json;
import graft.version.Ordering;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The rules of the OSV schema's "Evaluation", each as a row.
class RangeTest {
  private static Range range(String events) throws Exception {
    return new Range(false, Advisory.events(Json.MAPPER.readTree(events)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          [{"introduced":"0"},{"fixed":"1.5"}]                                | 1.0  | true
          [{"introduced":"0"},{"fixed":"1.5"}]                                | 1.5~rc1 | true
          [{"introduced":"0"},{"fixed":"1.5"}]                                | 1.5  | false
          [{"introduced":"0"},{"fixed":"1.5"}]                                | 0~0  | true
          [{"introduced":"1.2"},{"fixed":"1.5"}]                              | 1.1  | false
          [{"introduced":"1.2"},{"fixed":"1.5"}]                              | 1.2  | true
          [{"introduced":"0"}]                                                | 99   | true
          [{"introduced":"0"},{"last_affected":"1.5"}]                        | 1.5  | true
          [{"introduced":"0"},{"last_affected":"1.5"}]                        | 1.5.1 | false
          [{"fixed":"2.0"},{"introduced":"1.0"},{"fixed":"1.1"},{"introduced":"1.5"}] | 1.2 | false
          [{"fixed":"2.0"},{"introduced":"1.0"},{"fixed":"1.1"},{"introduced":"1.5"}] | 1.6 | true
          [{"fixed":"2.0"},{"introduced":"1.0"},{"fixed":"1.1"},{"introduced":"1.5"}] | 2.0 | false
          [{"introduced":"0"},{"limit":"1.5"}]                                | 1.4  | true
          [{"introduced":"0"},{"limit":"1.5"}]                                | 1.5  | false
          [{"introduced":"0"},{"limit":"*"}]                                  | 9.9  | true
          [{"introduced":"0"},{"fixed":"0"}]                                  | 1.0  | false
          [{"introduced":"1.0"},{"fixed":"1.0"}]                              | 1.0  | false
          [{"fixed":"1.0"}]                                                   | 0.9  | false
          [{"introduced":"0"},{"fixed":"1.0"},{"introduced":"1:0"}]           | 1:0  | true
          """)
  void affects(String events, String version, boolean affected) throws Exception {
    assertThat(range(events).affects(version, Ordering.DPKG)).isEqualTo(affected);
  }

  @Test
  void theNextFixCounts() throws Exception {
    Range range =
        range(
            """
            [{"introduced":"0"},{"fixed":"1.1"},{"introduced":"2"},{"fixed":"2.4"},{"fixed":"2.10"}]
            """);
    assertThat(range.fixedAfter("1.0", Ordering.DPKG)).hasValue("1.1");
    assertThat(range.fixedAfter("2.1", Ordering.DPKG)).hasValue("2.4");
    assertThat(range.fixedAfter("2.10", Ordering.DPKG)).isEmpty();
  }

  /// A fix of another branch is better than none, but that of its own counts first.
  @Test
  void theFixOfItsOwnRangeCountsFirst() throws Exception {
    Advisory two =
        new Advisory(
            "s",
            "X-1",
            java.util.Set.of(),
            java.util.Set.of(),
            Ecosystem.of("npm").orElseThrow(),
            "a",
            Severity.UNKNOWN,
            "",
            List.of(
                new Range(
                    true, range("[{\"introduced\":\"1.0.0\"},{\"fixed\":\"1.9.9\"}]").events()),
                new Range(
                    true, range("[{\"introduced\":\"1.2.0\"},{\"fixed\":\"1.3.1\"}]").events()),
                new Range(
                    true, range("[{\"introduced\":\"0.1.0\"},{\"fixed\":\"1.1.0\"}]").events())),
            List.of("5.0.0"),
            "");
    assertThat(two.fixedAfter("0.5.0")).hasValue("1.1.0");
    assertThat(two.fixedAfter("1.2.5")).hasValue("1.3.1");
    assertThat(two.affects("5.0.0")).isTrue();
    assertThat(two.fixedAfter("5.0.0")).isEmpty();
  }
}
