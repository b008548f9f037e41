package graft.cli;

import static org.assertj.core.api.Assertions.assertThat;

import graft.cli.verb.HelpText;
import graft.cli.verb.Option;
import graft.cli.verb.Options;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class VerbsTest {
  private static Options options(String name) {
    return Objects.requireNonNull(Verbs.find(name), name).options();
  }

  static java.util.List<String> names() {
    return Verbs.names();
  }

  @ParameterizedTest
  @MethodSource("names")
  void explainsItself(String name) {
    Options options = options(name);
    assertThat(options.verb()).isEqualTo(name);
    assertThat(options.summary()).isNotBlank().doesNotEndWith(".");
    Set<String> seen = new HashSet<>();
    for (Option option : options.options()) {
      assertThat(option.help()).as(name + " " + option.name()).isNotBlank();
      assertThat(option.takesValue()).isEqualTo(!option.label().isEmpty());
      option.names().forEach(n -> assertThat(seen.add(n)).as(name + " " + n).isTrue());
    }
    String help = HelpText.of(options, Verbs.alsoCalled(name));
    assertThat(help.lines().map(String::length)).allMatch(length -> length <= 130);
    for (Options.Example example : options.examples()) {
      assertThat(example.line()).contains("graft");
    }
  }

  /// Whoever looks for a verb finds it in the first help.
  @ParameterizedTest
  @MethodSource("names")
  void isInTheFirstHelp(String name) {
    for (String word : name.split(" ")) {
      assertThat(Help.TEXT).containsPattern("\\b" + word + "\\b");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "container,ls,ps",
    "container,list,ps",
    "container,run,run",
    "container,rm,rm",
    "container,inspect,container inspect",
    "container,prune,container prune",
    "container,pull,container pull",
    "image,ls,images",
    "image,remove,rmi",
    "image,history,history",
    "image,inspect,image inspect",
    "image,run,image run",
    "volume,list,volume ls",
    "volume,remove,volume rm",
    "network,ls,network ls",
    "system,df,system df",
    "system,events,events"
  })
  void knowsTheLongForms(String group, String word, String verb) {
    assertThat(Verbs.inGroup(group, word)).isEqualTo(verb);
  }

  @Test
  void suggestsWhatIsClose() {
    assertThat(Verbs.suggestion("iamges")).contains("'graft images'");
    assertThat(Verbs.suggestion("psx")).contains("'graft ps'");
    assertThat(Verbs.suggestion("frobnicate")).contains("--help");
  }
}
