package graft.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ChallengeTest {
  static Stream<Arguments> headers() {
    return Stream.of(
        Arguments.of("Basic realm=\"x\"", "basic{realm=x}"),
        Arguments.of("basic", "basic{}"),
        Arguments.of(
            "Bearer realm=\"https://t/x?a=b\",service=\"s\"",
            "bearer{realm=https://t/x?a=b, service=s}"),
        Arguments.of(
            "Bearer realm=\"r\", scope=\"repository:a/b:pull,push\"",
            "bearer{realm=r, scope=repository:a/b:pull,push}"),
        Arguments.of(
            "Basic realm=\"a \\\"q\\\", b\", Bearer Realm=t , Service = s",
            "basic{realm=a \"q\", b} bearer{realm=t, service=s}"),
        Arguments.of("Negotiate, Basic realm=x", "negotiate{} basic{realm=x}"),
        Arguments.of("Bearer realm=\"never closed", "bearer{realm=never closed}"),
        Arguments.of("=,\"\\", ""),
        Arguments.of("", ""));
  }

  @ParameterizedTest
  @MethodSource("headers")
  void reads(String header, String wanted) {
    List<String> all =
        Challenge.parse(List.of(header)).stream()
            .map(c -> c.scheme() + new TreeMap<>(c.parameters()))
            .toList();
    assertThat(String.join(" ", all)).isEqualTo(wanted);
  }
}
