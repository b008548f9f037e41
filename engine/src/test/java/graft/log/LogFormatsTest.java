package graft.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.runtime.LogReader;
import graft.runtime.Runtime.Streams.Source;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LogFormatsTest {
  private static final Instant AT =
      LocalDateTime.parse("2026-02-03T04:05:06.000007").atZone(ZoneId.systemDefault()).toInstant();

  private static LogInfo info(Map<String, String> options) {
    return new LogInfo(
        "0123456789abcdef0123",
        "name",
        "sha256:fedcba9876543210",
        "image:1",
        List.of("sh", "-c", "x"),
        "host",
        options,
        Map.of("com.l", "v", "other", "w"),
        List.of("FOO=bar", "BAR=baz", "_X Y=1"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''           | STDOUT | <30>Feb  3 04:05:06 t[7]: text
          ''           | STDERR | <27>Feb  3 04:05:06 t[7]: text
          rfc3164      | STDOUT | <30>Feb  3 04:05:06 host t[7]: text
          rfc5424      | STDOUT | <30>1 2026-02-03T04:05:06ZONE host t 7 t - text
          rfc5424micro | STDERR | <27>1 2026-02-03T04:05:06.000007ZONE host t 7 t - text
          """)
  void messages(String format, Source source, String message) {
    Syslog syslog = Syslog.of(Map.of("syslog-format", format));
    String zone =
        java.time.format.DateTimeFormatter.ofPattern("XXX")
            .format(AT.atZone(ZoneId.systemDefault()));
    for (String text : List.of("text", "text\n")) {
      assertThat(
              new String(
                  syslog.message(source, AT, "host", "t", 7, text.getBytes(StandardCharsets.UTF_8)),
                  StandardCharsets.UTF_8))
          .isEqualTo(message.replace("ZONE", zone) + "\n");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "udp://h:1, 'Udp[host=h, port=1]'",
    "udp://h, 'Udp[host=h, port=514]'",
    "tcp://[::1]:99, 'Tcp[host=::1, port=99]'",
    "tcp://[::1], 'Tcp[host=::1, port=514]'",
    "unix:///dev/null, Unix[path=/dev/null]",
    "udp://:5, 'syslog-address: the host is missing in :5'",
    "udp://h:x, 'syslog-address: invalid port \"x\"'",
    "ftp://h, unsupported scheme: 'ftp'",
  })
  void addresses(String text, String expected) {
    String got;
    try {
      got = Syslog.of(Map.of("syslog-address", text)).address().orElseThrow().toString();
    } catch (graft.error.GraftException e) {
      got = e.text();
    }
    assertThat(got).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"'', 3", "kern, 0", "local7, 23", "16, 16"})
  void facilities(String name, int number) {
    assertThat(Syslog.of(Map.of("syslog-facility", name)).facility()).isEqualTo(number);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''                        | 0123456789ab
          plain                     | plain
          {{.Name}}/{{ .FullID }}   | name/0123456789abcdef0123
          {{.ImageID}}-{{.ImageFullID}} | fedcba987654-sha256:fedcba9876543210
          {{.ImageName}}            | image:1
          {{.Command}}@{{.Hostname}} | sh -c x@host
          """)
  void tags(String template, String tag) {
    assertThat(info(Map.of("tag", template)).tag("{{.ID}}")).isEqualTo(tag);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          labels=com.l        | {com.l=v}
          labels-regex=^o     | {other=w}
          env=FOO,NONE        | {FOO=bar}
          env-regex=^[FB]       | {BAR=baz, FOO=bar}
          ''                  | {}
          """)
  void attributes(String option, String chosen) {
    String[] pair = option.split("=", 2);
    Map<String, String> options = pair.length < 2 ? Map.of() : Map.of(pair[0], pair[1]);
    assertThat(info(options).attributes()).hasToString(chosen);
  }

  @Test
  void whatIsNoExpressionIsSaid() {
    assertThatThrownBy(() -> info(Map.of("env-regex", "(")).check())
        .hasMessageContaining("error parsing regexp")
        .hasMessageContaining("`(`");
  }

  @Test
  void anEntryOfTheJournal() {
    Map<String, String> fields = JournalSink.fields(info(Map.of("env-regex", ".", "tag", "t")));
    assertThat(fields)
        .containsEntry("X_Y", "1")
        .containsEntry("FOO", "bar")
        .containsEntry("CONTAINER_NAME", "name")
        .containsEntry("SYSLOG_IDENTIFIER", "t");
    byte[] text = "two\nlines\n".getBytes(StandardCharsets.UTF_8);
    byte[] datagram =
        JournalSink.datagram(
            new TreeMap<>(Map.of("A", "b")), new LogReader.Entry(AT, Source.STDERR, text));
    byte[] head = "MESSAGE\n".getBytes(StandardCharsets.UTF_8);
    assertThat(Arrays.copyOf(datagram, head.length)).isEqualTo(head);
    assertThat(ByteBuffer.wrap(datagram, head.length, 8).order(ByteOrder.LITTLE_ENDIAN).getLong())
        .isEqualTo(9);
    assertThat(
            new String(
                datagram,
                head.length + 8,
                datagram.length - head.length - 8,
                StandardCharsets.UTF_8))
        .isEqualTo("two\nlines\nPRIORITY=3\nSYSLOG_TIMESTAMP=" + AT + "\nA=b\n");
    String partial =
        new String(
            JournalSink.datagram(
                Map.of(), new LogReader.Entry(AT, Source.STDOUT, new byte[] {'x'})),
            StandardCharsets.UTF_8);
    assertThat(partial).startsWith("MESSAGE=x\nPRIORITY=6\n").endsWith("PARTIAL_MESSAGE=true\n");
  }
}
