package graft.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import graft.error.GraftException;
import graft.linux.UserNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SpecWriterTest {
  private static final JsonMapper JSON = new JsonMapper();
  private static final Host HOST =
      new Host(
          "amd64",
          false,
          0x1fffeffffffL,
          false,
          0,
          number -> 20000,
          Optional.of(Path.of("/usr/bin/tini-static")),
          UserNamespace.INITIAL,
          true,
          6,
          1);
  private static final Host UNIFIED =
      new Host(
          HOST.arch(),
          true,
          HOST.capabilities(),
          false,
          0,
          HOST.limits(),
          HOST.init(),
          HOST.users(),
          true,
          6,
          1);
  private static final Spec.Namespace OWN = new Spec.Namespace.Own();
  private static final Spec.Namespace SHARED = new Spec.Namespace.Host();

  @TempDir Path root;

  private static Spec.Process process(String user, boolean privileged, Spec.Ulimit... limits) {
    return new Spec.Process(
        List.of("sleep", "30"),
        List.of("PATH=/bin", "HOSTNAME=h1"),
        "/",
        user,
        List.of(),
        false,
        privileged,
        List.of(limits),
        0,
        0);
  }

  private static Spec spec(
      Spec.Process process, Spec.Namespace shared, Spec.Security security, Spec.Mount... mounts) {
    return new Spec(
        process,
        "h1",
        "",
        false,
        List.of(mounts),
        new Spec.Namespaces(shared, shared, shared, shared, SHARED),
        Spec.Resources.NONE,
        security,
        List.of(),
        Map.of(),
        Map.of(),
        false,
        false,
        false,
        67108864,
        0,
        "");
  }

  private JsonNode write(Spec spec) throws IOException {
    return JSON.readTree(new SpecWriter(HOST).write(spec, "c0ffee", root).json());
  }

  private static List<String> texts(JsonNode list) {
    List<String> texts = new ArrayList<>();
    list.forEach(one -> texts.add(one.isTextual() ? one.asText() : one.toString()));
    return texts;
  }

  @ParameterizedTest
  @CsvSource(
      value = {
        "/ociVersion | \"1.2.1\"",
        "/process/user | {\"uid\":0,\"gid\":0,\"additionalGids\":[0]}",
        "/process/args | [\"sleep\",\"30\"]",
        "/process/oomScoreAdj | 0",
        "/process/cwd | \"/\"",
        "/hostname | \"h1\"",
        "/linux/sysctl/net.ipv4.ip_unprivileged_port_start | \"0\"",
        "/linux/sysctl/net.ipv4.ping_group_range | \"0 2147483647\"",
        "/linux/resources/memory | {\"disableOOMKiller\":false}",
        "/linux/resources/blockIO | {}",
        "/linux/cgroupsPath | \"/graft/c0ffee\"",
        "/linux/namespaces | [{\"type\":\"network\"},{\"type\":\"uts\"},{\"type\":\"pid\"},{\"type\":\"ipc\"}]",
        "/linux/readonlyPaths | [\"/proc/bus\",\"/proc/fs\",\"/proc/irq\",\"/proc/sys\",\"/proc/sysrq-trigger\"]",
        "/linux/resources/devices/0 | {\"allow\":false,\"access\":\"rwm\"}",
        "/linux/resources/devices/1 | {\"allow\":true,\"type\":\"c\",\"major\":1,\"minor\":5,\"access\":\"rwm\"}",
        "/linux/resources/devices/7 | {\"allow\":false,\"type\":\"c\",\"major\":10,\"minor\":229,\"access\":\"rwm\"}",
        "/mounts/0 | {\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\",\"options\":[\"nosuid\",\"noexec\",\"nodev\"]}",
        "/mounts/3/options | [\"nosuid\",\"noexec\",\"nodev\",\"ro\"]",
        "/mounts/4/options | [\"ro\",\"nosuid\",\"noexec\",\"nodev\"]",
        "/mounts/6 | {\"destination\":\"/dev/shm\",\"type\":\"tmpfs\",\"source\":\"shm\",\"options\":[\"nosuid\",\"noexec\",\"nodev\",\"mode=1777\",\"size=67108864\"]}",
      },
      delimiter = '|',
      quoteCharacter = '`')
  void aPlainContainer(String at, String expected) throws IOException {
    JsonNode config = write(spec(process("", false), OWN, Spec.Security.DEFAULT));
    JsonNode namespaces = config.at("/linux/namespaces");
    assertThat(namespaces.get(0).path("type").asText()).isEqualTo("mount");
    ((com.fasterxml.jackson.databind.node.ArrayNode) namespaces).remove(0);
    JsonNode node =
        at.startsWith("/linux/sysctl/")
            ? config.at("/linux/sysctl").get(at.substring(14))
            : config.at(at);
    assertThat(node).isEqualTo(JSON.readTree(expected));
  }

  @Test
  void absentIfNotAskedFor() throws IOException {
    JsonNode config = write(spec(process("", false), OWN, Spec.Security.DEFAULT));
    assertThat(config.at("/process").has("noNewPrivileges")).isFalse();
    assertThat(config.at("/process").has("rlimits")).isFalse();
    assertThat(config.at("/process/capabilities").has("inheritable")).isFalse();
    assertThat(config.at("/root").has("readonly")).isFalse();
    assertThat(texts(config.at("/process/capabilities/bounding")))
        .isEqualTo(Capabilities.DEFAULT)
        .hasSize(14);
    assertThat(texts(config.at("/linux/maskedPaths")))
        .contains("/proc/kcore", "/proc/keys", "/sys/firmware", "/sys/devices/virtual/powercap");
  }

  @Test
  void theDefaultFilterOnAmd64() throws IOException {
    JsonNode filter =
        write(spec(process("", false), OWN, Spec.Security.DEFAULT)).at("/linux/seccomp");
    assertThat(filter.path("defaultAction").asText()).isEqualTo("SCMP_ACT_ERRNO");
    assertThat(filter.path("defaultErrnoRet").asInt()).isEqualTo(1);
    assertThat(texts(filter.path("architectures")))
        .containsExactly("SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32");
    JsonNode rules = filter.path("syscalls");
    assertThat(rules).hasSize(13);
    assertThat(rules.get(0).path("names")).hasSize(361);
    List<String> rest = new ArrayList<>();
    for (int i = 1; i < 13; i++) {
      JsonNode rule = rules.get(i);
      JsonNode arg = rule.path("args").path(0);
      rest.add(
          String.join(",", texts(rule.path("names")))
              + (arg.isMissingNode() ? "" : " " + arg.path("op").asText() + " " + arg.path("value"))
              + (rule.has("errnoRet") ? " errno " + rule.path("errnoRet") : ""));
    }
    assertThat(rest)
        .containsExactly(
            "process_vm_readv,process_vm_writev,ptrace",
            "socket SCMP_CMP_NE 40",
            "personality SCMP_CMP_EQ 0",
            "personality SCMP_CMP_EQ 8",
            "personality SCMP_CMP_EQ 131072",
            "personality SCMP_CMP_EQ 131080",
            "personality SCMP_CMP_EQ 4294967295",
            "arch_prctl",
            "modify_ldt",
            "clone SCMP_CMP_MASKED_EQ 2114060288",
            "clone3 errno 38",
            "chroot");
  }

  @Test
  void aUsersFilterIsDecidedHere() throws IOException {
    String profile =
        """
        {"defaultAction":"SCMP_ACT_ALLOW","archMap":[
          {"architecture":"SCMP_ARCH_AARCH64"},
          {"architecture":"SCMP_ARCH_X86_64","subArchitectures":["SCMP_ARCH_X86"]}],
         "syscalls":[
          {"name":"a","action":"SCMP_ACT_ERRNO"},
          {"names":["b"],"action":"SCMP_ACT_ERRNO","includes":{"caps":["CAP_SYS_ADMIN"]}},
          {"names":["c"],"action":"SCMP_ACT_ERRNO","excludes":{"caps":["CAP_CHOWN"]}},
          {"names":["d"],"action":"SCMP_ACT_ERRNO","includes":{"arches":["arm64"]}},
          {"names":["e"],"action":"SCMP_ACT_ERRNO","includes":{"minKernel":"4.8"}},
          {"names":["f"],"action":"SCMP_ACT_ERRNO","includes":{"minKernel":"99.0"}}]}
        """;
    JsonNode filter = new Seccomp(HOST, Capabilities.DEFAULT).custom(profile);
    assertThat(texts(filter.path("architectures")))
        .containsExactly("SCMP_ARCH_X86_64", "SCMP_ARCH_X86");
    assertThat(filter.path("syscalls").findValuesAsText("names")).hasSize(2);
    assertThat(filter.path("syscalls").get(0).path("names").get(0).asText()).isEqualTo("a");
    assertThat(filter.path("syscalls").get(1).path("names").get(0).asText()).isEqualTo("e");
  }

  @ParameterizedTest
  @CsvSource(
      value = {
        "{ | Decoding seccomp profile failed",
        "[] | Decoding seccomp profile failed",
        "{} | defaultAction",
        "{\"defaultAction\":\"A\",\"architectures\":[\"a\"],\"archMap\":[{}]} | use either 'architectures' or 'archMap'",
        "{\"defaultAction\":\"A\",\"syscalls\":[{\"name\":\"a\",\"names\":[\"b\"],\"action\":\"x\"}]} | use either 'name' or 'names'",
      },
      delimiter = '|',
      quoteCharacter = '`')
  void aFilterThatMakesNoSense(String profile, String message) {
    assertThatThrownBy(() -> new Seccomp(HOST, List.of()).custom(profile))
        .isInstanceOf(GraftException.class)
        .hasMessageContaining(message);
  }

  @Test
  void privileged() throws IOException {
    JsonNode config = write(spec(process("", true), OWN, Spec.Security.DEFAULT));
    assertThat(config.at("/process/capabilities/bounding"))
        .hasSize(40)
        .noneMatch(name -> name.asText().equals("CAP_SYS_RESOURCE"));
    assertThat(config.at("/linux").has("seccomp")).isFalse();
    assertThat(config.at("/linux").has("maskedPaths")).isFalse();
    assertThat(config.at("/linux").has("readonlyPaths")).isFalse();
    assertThat(texts(config.at("/mounts/3/options"))).doesNotContain("ro");
    assertThat(texts(config.at("/mounts/4/options"))).doesNotContain("ro");
    assertThat(config.at("/linux/sysctl")).hasSize(2);
    JsonNode rules = config.at("/linux/resources/devices");
    assertThat(rules.get(rules.size() - 1).toString())
        .isEqualTo("{\"allow\":true,\"access\":\"rwm\"}");
  }

  @Test
  void theHostsNamespaces() throws IOException {
    JsonNode config = write(spec(process("", false), SHARED, Spec.Security.DEFAULT));
    assertThat(config.at("/linux/namespaces").toString()).isEqualTo("[{\"type\":\"mount\"}]");
    assertThat(config.has("hostname")).isFalse();
    assertThat(config.at("/linux").has("sysctl")).isFalse();
    assertThat(config.at("/mounts/6").toString())
        .isEqualTo(
            "{\"destination\":\"/dev/shm\",\"type\":\"bind\",\"source\":\"/dev/shm\","
                + "\"options\":[\"rbind\",\"rprivate\"]}");
  }

  @Test
  void limitsAndTheInit() throws IOException {
    Spec.Resources resources =
        new Spec.Resources(
            OptionalLong.of(67108864),
            OptionalLong.of(134217728),
            OptionalLong.of(33554432),
            OptionalLong.empty(),
            false,
            OptionalLong.of(512),
            OptionalLong.of(50000),
            OptionalLong.of(100000),
            "0",
            "",
            OptionalLong.of(50),
            OptionalInt.empty(),
            List.of(),
            List.of(),
            java.util.OptionalLong.empty(),
            java.util.OptionalLong.empty(),
            java.util.OptionalLong.empty(),
            java.util.OptionalLong.empty());
    Spec plain =
        spec(
            process("", false, new Spec.Ulimit("nofile", 100, 200000)),
            OWN,
            new Spec.Security(
                List.of("net_admin"),
                List.of("ALL"),
                true,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                false,
                List.of()),
            new Spec.Mount("/tt", "tmpfs", "", List.of("size=1m")),
            new Spec.Mount("/ex", "tmpfs", "", List.of("exec", "rslave")));
    Spec spec =
        new Spec(
            plain.process(),
            "h1",
            "",
            true,
            plain.mounts(),
            plain.namespaces(),
            resources,
            plain.security(),
            List.of(),
            Map.of("net.core.somaxconn", "99"),
            Map.of("x", "y"),
            true,
            false,
            false,
            33554432,
            -500,
            "/p/");
    SpecWriter.Result result = new SpecWriter(HOST).write(spec, "c0ffee", root);
    JsonNode config = JSON.readTree(result.json());
    assertThat(config.at("/linux/resources/cpu").toString())
        .isEqualTo("{\"shares\":512,\"quota\":50000,\"period\":100000,\"cpus\":\"0\"}");
    assertThat(config.at("/linux/resources/memory/swap").asLong()).isEqualTo(134217728);
    assertThat(config.at("/linux/resources/pids/limit").asLong()).isEqualTo(50);
    assertThat(config.at("/linux/cgroupsPath").asText()).isEqualTo("/p/c0ffee");
    assertThat(texts(config.at("/process/args")))
        .containsExactly("/sbin/docker-init", "--", "sleep", "30");
    assertThat(texts(config.at("/process/capabilities/effective")))
        .containsExactly("CAP_NET_ADMIN");
    assertThat(config.at("/process/noNewPrivileges").asBoolean()).isTrue();
    assertThat(config.at("/process/rlimits").toString())
        .isEqualTo("[{\"type\":\"RLIMIT_NOFILE\",\"hard\":20000,\"soft\":100}]");
    assertThat(config.at("/process/oomScoreAdj").asInt()).isZero();
    assertThat(config.at("/mounts/7/destination").asText()).isEqualTo("/sbin/docker-init");
    assertThat(texts(config.at("/mounts/8/options")))
        .containsExactly("noexec", "nosuid", "nodev", "rprivate", "size=1m");
    assertThat(texts(config.at("/mounts/9/options")))
        .containsExactly("nosuid", "nodev", "exec", "rslave");
    assertThat(result.warnings()).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource(
      value = {
        " | 0 0 [0, 10]",
        "ann | 1000 1001 [1001, 10]",
        "1000 | 1000 1001 [1001, 10]",
        "ann:wheel | 1000 10 [10]",
        "77 | 77 0 [0]",
        "77:88 | 77 88 [88]",
      },
      delimiter = '|')
  void users(String typed, String expected) throws IOException {
    Files.createDirectories(root.resolve("etc"));
    Files.writeString(root.resolve("etc/passwd"), "root:x:0:0:::\nann:x:1000:1001::/:\nbad line\n");
    Files.writeString(root.resolve("etc/group"), "wheel:x:10:root,ann\nann:x:1001:\n");
    Users.Identity who = Users.in(root).find(typed == null ? "" : typed, List.of());
    assertThat(who.uid() + " " + who.gid() + " " + who.groups()).isEqualTo(expected);
  }

  @Test
  void aUserThatIsNotThere() throws IOException {
    Users none = Users.in(root);
    assertThatThrownBy(() -> none.find("nosuch", List.of()))
        .hasMessage("unable to find user nosuch: no matching entries in passwd file");
    assertThatThrownBy(() -> none.find("0:nosuch", List.of()))
        .hasMessage("unable to find group nosuch: no matching entries in group file");
    assertThatThrownBy(() -> none.find("4294967296", List.of()))
        .hasMessageContaining("must be in range");
  }

  @Test
  void aPasswordFileOutsideTheRootIsNotRead() throws IOException {
    Files.createDirectories(root.resolve("etc"));
    Files.createSymbolicLink(root.resolve("etc/passwd"), Path.of("/proc/self/status"));
    Files.createSymbolicLink(root.resolve("etc/group"), Path.of("../../../../../etc/group"));
    assertThatThrownBy(() -> Users.in(root).find("root:daemon", List.of()))
        .hasMessageContaining("unable to find user root");
  }

  /// What the runtime is told to change, with control groups of either version.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          v1 | {"memory":{"limit":1,"reservation":3,"swap":2,"swappiness":4,"disableOOMKiller":true,"kernelTCP":5},"cpu":{"shares":6,"quota":50000,"period":100000,"realtimePeriod":9,"realtimeRuntime":8,"cpus":"0","mems":"1"},"pids":{"limit":7},"blockIO":{"weight":10}}
          v2 | {"memory":{"limit":1,"reservation":3,"swap":2},"cpu":{"shares":6,"quota":50000,"period":100000,"realtimePeriod":9,"realtimeRuntime":8,"cpus":"0","mems":"1"},"pids":{"limit":7},"blockIO":{"weight":10}}
          """)
  void everyLimitIsChanged(String version, String json) throws IOException {
    Spec.Resources all =
        new Spec.Resources(
            OptionalLong.of(1),
            OptionalLong.of(2),
            OptionalLong.of(3),
            OptionalLong.of(4),
            true,
            OptionalLong.of(6),
            OptionalLong.empty(),
            OptionalLong.empty(),
            "0",
            "1",
            OptionalLong.of(7),
            OptionalInt.of(10),
            List.of(),
            List.of(),
            OptionalLong.of(500_000_000),
            OptionalLong.of(9),
            OptionalLong.of(8),
            OptionalLong.of(5));
    SpecWriter writer = new SpecWriter(version.equals("v2") ? UNIFIED : HOST);
    assertThat(JSON.readTree(writer.update(all).toString())).isEqualTo(JSON.readTree(json));
    assertThat(writer.update(Spec.Resources.NONE).at("/pids/limit").asInt()).isEqualTo(-1);
  }

  @ParameterizedTest
  @CsvSource({
    "c 10:229 rwm, c 10 229 rwm",
    "b *:3 r, b -1 3 r",
    "a *:* rwm, a -1 -1 rwm",
    "foo, ",
    "c 1:2, ",
    "c 1:2 x, ",
    "'c 1:2 rwm\n', ",
    "c 9999999999:1 r, ",
  })
  void rulesOfDevices(String text, String rule) throws IOException {
    Spec.Security d = Spec.Security.DEFAULT;
    Spec spec =
        spec(
            process("", false),
            OWN,
            new Spec.Security(
                d.capAdd(),
                d.capDrop(),
                false,
                d.seccomp(),
                d.maskedPaths(),
                d.readonlyPaths(),
                d.apparmor(),
                d.selinuxLabel(),
                true,
                List.of(text)));
    if (rule == null) {
      assertThatThrownBy(() -> new SpecWriter(HOST).write(spec, "c0ffee", root))
          .hasMessage("invalid device cgroup rule format: '" + text + "'");
      return;
    }
    JsonNode config = JSON.readTree(new SpecWriter(HOST).write(spec, "c0ffee", root).json());
    JsonNode last = config.at("/linux/resources/devices").get(8);
    assertThat(
            last.path("type").asText()
                + " "
                + last.path("major")
                + " "
                + last.path("minor")
                + " "
                + last.path("access").asText())
        .isEqualTo(rule);
    assertThat(config.at("/mounts/4/destination").asText()).isEqualTo("/sys/fs/cgroup");
    assertThat(config.at("/mounts/4/options").toString()).doesNotContain("\"ro\"");
  }
}
