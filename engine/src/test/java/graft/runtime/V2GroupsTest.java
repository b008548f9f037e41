package graft.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Limits as the specification has them, and the files of version 2 they become.
class V2GroupsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{} | ``",
        "{'memory':{'limit':1000}} | memory.max=1000",
        "{'memory':{'limit':-1}} | memory.max=max",
        "{'memory':{'limit':1000,'swap':3000}} | memory.max=1000 memory.swap.max=2000",
        "{'memory':{'limit':1000,'swap':1000}} | memory.max=1000 memory.swap.max=0",
        "{'memory':{'limit':1000,'swap':-1}} | memory.max=1000 memory.swap.max=max",
        "{'memory':{'reservation':500}} | memory.low=500",
        "{'cpu':{'shares':2}} | cpu.weight=1",
        "{'cpu':{'shares':1024}} | cpu.weight=39",
        "{'cpu':{'shares':262144}} | cpu.weight=10000",
        "{'cpu':{'quota':50000,'period':100000}} | cpu.max=50000 100000",
        "{'cpu':{'quota':50000}} | cpu.max=50000 100000",
        "{'cpu':{'quota':-1,'period':20000}} | cpu.max=max 20000",
        "{'cpu':{'cpus':'0-1','mems':'0'}} | cpuset.cpus=0-1 cpuset.mems=0",
        "{'pids':{'limit':50}} | pids.max=50",
        "{'pids':{'limit':-1}} | ``",
      })
  void limits(String resources, String files) throws Exception {
    String said =
        V2Groups.settings(new JsonMapper().readTree(resources.replace('\'', '"'))).stream()
            .map(one -> one.file() + "=" + one.value())
            .collect(Collectors.joining(" "));
    assertThat(said).isEqualTo(files);
  }
}
