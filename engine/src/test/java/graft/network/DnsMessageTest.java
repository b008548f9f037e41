package graft.network;

import static org.assertj.core.api.Assertions.assertThat;

import graft.network.DnsMessage.Question;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DnsMessageTest {
  /// A query with recursion desired, as resolvers send it.
  static byte[] query(int id, String name, int type) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {(byte) (id >> 8), (byte) id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0});
    for (String label : name.split("\\.")) {
      byte[] bytes = label.getBytes(StandardCharsets.ISO_8859_1);
      out.write(bytes.length);
      out.writeBytes(bytes);
    }
    out.writeBytes(new byte[] {0, (byte) (type >> 8), (byte) type, 0, 1});
    return out.toByteArray();
  }

  private static Question question(String name, int type) {
    return DnsMessage.question(query(7, name, type)).orElseThrow();
  }

  @Test
  void readsTheQuestion() {
    Question q = question("Db.Example", DnsMessage.A);
    assertThat(q.name()).isEqualTo("db.example");
    assertThat(q.type()).isEqualTo(DnsMessage.A);
    assertThat(q.id()).isEqualTo(7);
  }

  @Test
  void answersWithTheQuestionAndEveryAddress() {
    byte[] answer =
        DnsMessage.addresses(
            question("db", DnsMessage.A), List.of(Ip.of("10.0.0.1"), Ip.of("10.0.0.2")), true);
    assertThat(HexFormat.of().formatHex(answer))
        .isEqualTo(
            "0007"
                + "8180"
                + "0001000200000000"
                + "02646200"
                + "00010001"
                + "c00c0001000100000258000"
                + "40a000001"
                + "c00c0001000100000258000"
                + "40a000002");
  }

  @Test
  void whatDoesNotFitIntoADatagramIsLeftOutAndSaid() {
    List<InetAddress> many = IntStream.range(0, 100).mapToObj(i -> Ip.of("10.0.0." + i)).toList();
    byte[] answer = DnsMessage.addresses(question("many", DnsMessage.A), many, true);
    assertThat(answer).hasSizeLessThanOrEqualTo(512);
    assertThat(answer[2] & 2).isEqualTo(2);
    assertThat(DnsMessage.addresses(question("many", DnsMessage.A), many, false)[7])
        .isEqualTo((byte) 100);
  }

  @ParameterizedTest
  @CsvSource({
    "2.0.18.172.in-addr.arpa, 172.18.0.2",
    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa, fd00::1"
  })
  void readsReversedAddresses(String name, String address) {
    assertThat(question(name, DnsMessage.PTR).reversed().map(Ip::text)).contains(address);
  }

  @ParameterizedTest
  @CsvSource({"2.0.18.in-addr.arpa", "x.0.18.172.in-addr.arpa", "example.com", "1.2.ip6.arpa"})
  void othersAreNoAddresses(String name) {
    assertThat(question(name, DnsMessage.PTR).reversed()).isEmpty();
  }

  @Test
  void knowsWhatAnswersIt() {
    Question q = question("db", DnsMessage.A);
    byte[] answer = DnsMessage.failure(q, DnsMessage.NO_SUCH_NAME);
    assertThat(DnsMessage.answers(answer, q)).isTrue();
    assertThat(DnsMessage.answers(answer, question("dc", DnsMessage.A))).isFalse();
    assertThat(DnsMessage.answers(query(7, "db", DnsMessage.A), q)).isFalse();
    assertThat(DnsMessage.answers(new byte[3], q)).isFalse();
  }

  /// Anything may come from a container: it is read or refused, never more.
  @Test
  void anyBytesAreReadOrRefused() {
    byte[] good = query(7, "a.long-name.example", DnsMessage.AAAA);
    Random random = new Random(11);
    for (int n = 0; n < good.length; n++) {
      assertThat(DnsMessage.question(Arrays.copyOf(good, n))).isEmpty();
    }
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = good.clone();
      for (int i = 0; i < 3; i++) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      }
      DnsMessage.question(bytes)
          .ifPresent(q -> {
            q.reversed();
            byte[] answer = DnsMessage.failure(q, DnsMessage.SERVER_FAILURE);
            assertThat(ByteBuffer.wrap(answer).getShort(4)).isEqualTo((short) 1);
          });
    }
  }
}
