package graft.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What we tell nf_tables, read back by its own program.
@Tag("root")
class NftMapRootTest {
  @TempDir Path dir;
  private Path space;

  @BeforeEach
  void make() throws IOException {
    assumeTrue(Files.isExecutable(Path.of("/usr/sbin/nft")), "nft is not installed");
    space = dir.resolve("space");
    NetworkNamespaces.create(space, () -> true).close();
  }

  @AfterEach
  void remove() throws IOException {
    NetworkNamespaces.delete(space);
  }

  private String nft(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("nsenter", "--net=" + space, "nft"));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(text).isZero();
    return text;
  }

  private static NftMap.Element element(int port) {
    byte[] key = {6, 0, 0, 0, (byte) (port >> 8), (byte) port, 0, 0};
    byte[] value = {10, 0, 0, 2, 0, 80, 0, 0};
    return new NftMap.Element("m", key, value);
  }

  private void add(List<NftMap.Element> elements) throws IOException {
    NetworkNamespaces.inside(
        space,
        () -> {
          NftMap.add("t", elements);
          return true;
        });
  }

  private void delete(List<NftMap.Element> elements) throws IOException {
    NetworkNamespaces.inside(
        space,
        () -> {
          NftMap.delete("t", elements);
          return true;
        });
  }

  @Test
  void elementsComeAndGoTogether() throws Exception {
    nft("add", "table", "ip", "t");
    nft(
        "add",
        "map",
        "ip",
        "t",
        "m",
        "{ type inet_proto . inet_service : ipv4_addr . inet_service; }");
    List<NftMap.Element> many =
        IntStream.range(1000, 1200).mapToObj(NftMapRootTest::element).toList();
    add(many);
    assertThat(nft("list", "map", "ip", "t", "m"))
        .contains("tcp . 1000 : 10.0.0.2 . 80", "tcp . 1199 : 10.0.0.2 . 80");
    assertThatThrownBy(() -> delete(List.of(element(1000), element(7))))
        .isInstanceOf(LinuxException.class)
        .hasMessageContaining("delete elements from the nftables table t");
    assertThat(nft("list", "map", "ip", "t", "m")).contains("tcp . 1000 :");
    delete(many);
    assertThat(nft("list", "map", "ip", "t", "m")).doesNotContain("tcp");
    assertThatThrownBy(() -> add(List.of(new NftMap.Element("no", new byte[8], new byte[8]))))
        .isInstanceOf(LinuxException.class);
  }

  @Test
  void redirectionsReplaceEachOther() throws Exception {
    Inet4Address address = (Inet4Address) InetAddress.ofLiteral("127.0.0.11");
    for (int port : new int[] {4000, 5000}) {
      NetworkNamespaces.inside(
          space,
          () -> {
            LocalNat.set(
                "names",
                address,
                List.of(
                    new LocalNat.Redirect(17, 53, port), new LocalNat.Redirect(6, 53, port + 1)));
            return true;
          });
    }
    assertThat(nft("list", "ruleset"))
        .contains(
            "ip daddr 127.0.0.11 udp dport 53 dnat to 127.0.0.11:5000",
            "ip daddr 127.0.0.11 tcp dport 53 dnat to 127.0.0.11:5001")
        .doesNotContain("4000");
  }
}
