package graft.cli.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.cli.json.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TemplateTest {
  private static final String DATA =
      "{'Id':'sha256:ab','State':{'Status':'running','Pid':7},'Args':['a','b'],"
          + "'Labels':{'y':'2','x':'1'},'Empty':[]}";

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "{{.Id}} ~ sha256:ab",
        "{{.State.Status}} {{.State.Pid}} ~ running 7",
        "{{json .Args}} {{len .Args}} ~ [\"a\",\"b\"] 2",
        "{{range .Args}}{{.}};{{end}}! ~ a;b;!",
        "{{range $k, $v := .Labels}}{{$k}}={{$v}} {{end}}. ~ x=1 y=2 .",
        "{{if .Empty}}yes{{else if .Id}}no{{else}}never{{end}} ~ no",
        "{{range .Empty}}x{{else}}none{{end}} ~ none",
        "{{join .Args \"-\" | upper}} ~ A-B",
        "{{index .Labels \"x\"}}{{index .Args 1}} ~ 1b",
        "{{.Labels}} {{.Args}} {{.Nope}} ~ map[x:1 y:2] [a b] <no value>",
        "{{if eq .State.Status \"running\"}}up{{end}} ~ up"
      })
  void rendersAsGoDoes(String template, String expected) throws Exception {
    Json data = Json.parse(DATA.replace((char) 39, '"'));
    assertThat(Template.parse(template).render(data)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"{{.Id", "{{range .Args}}", "{{end}}", "{{nosuch .Id}}"})
  void refusesWhatItCannotRead(String template) {
    assertThatThrownBy(() -> Template.parse(template).render(Json.NULL))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("template of --format");
  }

  @Test
  void alignsTablesAsDockerDoes() {
    Table table = new Table("ID=CONTAINER ID", "Name=NAMES", " State=STATE");
    table.add("0123456789ab", "web", "running");
    assertThat(table.render("")).isEqualTo("CONTAINER ID   NAMES\n0123456789ab   web\n");
    assertThat(table.render("table {{.Name}}\\t{{.State}}"))
        .isEqualTo("NAMES     STATE\nweb       running\n");
  }

  @ParameterizedTest
  @CsvSource({"0,0B", "999,999B", "1982256,1.98MB", "1000000,1MB", "123456789,123MB"})
  void saysSizesAsDockerDoes(long bytes, String expected) {
    assertThat(Human.size(bytes)).isEqualTo(expected);
  }
}
