package graft.cli.verb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ParserTest {
  private static Options options(boolean stops) {
    Options options =
        new Options("try", "Try")
            .arguments(0, 2, "[A] [B]")
            .flag("Flag", "-f", "--flag")
            .flag("Other", "-g", "--other")
            .value("V", "Value", "-v", "--value")
            .number("N", "Number", "-n", "--number")
            .list("L", "List", "-l", "--list")
            .ignored("--nothing");
    return stops ? options.stopAtArgument() : options;
  }

  private static String read(String line, boolean stops) {
    Line read = Parser.parse(options(stops), List.of(line.split(" ")));
    return (read.flag("--flag") ? "f" : "")
        + (read.flag("-g") ? "g" : "")
        + " v="
        + read.text("--value")
        + " n="
        + read.number("-n", 0)
        + " l="
        + read.list("--list")
        + " a="
        + read.arguments()
        + (read.help() ? " help" : "");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "-f a ~ f v= n=0 l=[] a=[a]",
        "-fg ~ fg v= n=0 l=[] a=[]",
        "-fv x ~ f v=x n=0 l=[] a=[]",
        "-fvx ~ f v=x n=0 l=[] a=[]",
        "-v=x ~ v=x n=0 l=[] a=[]",
        "--value=x=y ~ v=x=y n=0 l=[] a=[]",
        "--value --flag ~ v=--flag n=0 l=[] a=[]",
        "-v one -v two ~ v=two n=0 l=[] a=[]",
        "a -n5 b ~ v= n=5 l=[] a=[a, b]",
        "-n -1 ~ v= n=-1 l=[] a=[]",
        "-l a -lb --list=c ~ v= n=0 l=[a, b, c] a=[]",
        "--flag=false -g=true ~ g v= n=0 l=[] a=[]",
        "--nothing -f ~ f v= n=0 l=[] a=[]",
        "-- -f ~ v= n=0 l=[] a=[-f]",
        "- ~ v= n=0 l=[] a=[-]",
        "--help too many words ~ v= n=0 l=[] a=[too, many, words] help",
        "-h ~ v= n=0 l=[] a=[] help"
      })
  void readsAsDockerDoes(String line, String expected) {
    assertThat(read(line, false).strip()).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {"-f a -g ~ f v= n=0 l=[] a=[a, -g]", "-f -- -g ~ f v= n=0 l=[] a=[-g]"})
  void leavesTheCommandAlone(String line, String expected) {
    assertThat(read(line, true).strip()).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '"',
      value = {
        "--flga ~ 125 ~ 'graft try' has no option --flga; did you mean --flag?",
        "-x ~ 125 ~ 'graft try' has no option -x",
        "--value ~ 125 ~ the option --value needs a value: V",
        "-n five ~ 125 ~ the option --number wants a whole number, not 'five'",
        "--flag=maybe ~ 125 ~ the option --flag is true or false, not 'maybe'",
        "a b c ~ 1 ~ 'graft try' takes at most 2 arguments ([A] [B]), not 3"
      })
  void refusesInOneLine(String line, int code, String expected) {
    UsageException e = catchThrowableOfType(UsageException.class, () -> read(line, false));
    assertThat(e).hasMessage(expected);
    assertThat(e.code()).isEqualTo(code);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "90s ~ 1699999910.000000000",
        "1h30m ~ 1699994600.000000000",
        "0s ~ 1700000000.000000000",
        "2023-11-14T22:13:20Z ~ 1700000000.000000000",
        "2023-11-14T23:13:20.5+01:00 ~ 1700000000.500000000",
        "2023-11-14T22:13:20 ~ 1700000000.000000000",
        "2023-11-14 ~ 1699920000.000000000"
      })
  void knowsTimes(String text, String expected) {
    Line line = Parser.parse(options(false), List.of());
    Instant now = Instant.ofEpochSecond(1_700_000_000);
    assertThat(Moment.seconds(text, now, ZoneOffset.UTC, line, "--value")).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"yesterday", "5x", "2023-13-01"})
  void refusesOtherTimes(String text) {
    Line line = Parser.parse(options(false), List.of());
    UsageException e =
        catchThrowableOfType(
            UsageException.class,
            () -> Moment.seconds(text, Instant.EPOCH, ZoneOffset.UTC, line, "--since"));
    assertThat(e).hasMessageContaining(text).hasMessageContaining("42m");
  }

  @ParameterizedTest
  @CsvSource({
    "busybox:/etc/passwd,busybox,/etc/passwd",
    "host:5000/a/b:1:/x:/y,host:5000/a/b:1,/x:/y",
    "busybox,busybox,/",
    "a@sha256:00:/x,a@sha256:00,/x"
  })
  void splitsImagesFromPaths(String text, String image, String path) {
    assertThat(ImagePath.of(text)).isEqualTo(new ImagePath(image, path));
  }
}
