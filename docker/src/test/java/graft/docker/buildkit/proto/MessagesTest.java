package graft.docker.buildkit.proto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.CodedOutputStream;
import graft.docker.buildkit.proto.Fs.Packet;
import graft.docker.buildkit.proto.Fs.Stat;
import graft.oci.Digest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// Messages against bytes that were written down from the definition of protocol buffers.
class MessagesTest {
  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text.replace(" ", ""));
  }

  private static Arguments row(Message message, String bytes) {
    return Arguments.of(message.getClass().getSimpleName(), message, bytes);
  }

  static Stream<Arguments> written() {
    Instant time = Instant.ofEpochSecond(1, 5);
    return Stream.of(
        row(new Control.BytesMessage(new byte[] {1, 2}), "0a02 0102"),
        row(new Control.BytesMessage(new byte[0]), ""),
        row(new Control.SolveResponse(Map.of("k", "v")), "0a06 0a016b 120176"),
        row(
            new Control.Vertex(
                "d", List.of("i", ""), "n", true, Optional.of(time), Optional.empty(), "e"),
            "0a0164 120169 1200 1a016e 2001 2a04 0801 1005 3a0165"),
        row(
            new Control.VertexLog("v", time, 2, new byte[] {9}),
            "0a0176 1204 0801 1005 1802 220109"),
        row(
            new Control.VertexStatus("i", "v", "n", 300, -1, time, time, Optional.of(time)),
            "0a0169 120176 1a016e 20ac02 28ffffffffffffffffff01"
                + "3204 0801 1005 3a04 0801 1005 4204 0801 1005"),
        row(
            new Control.VertexWarning(
                "v",
                1,
                new byte[] {7},
                List.of(new byte[] {8}),
                "u",
                Optional.of(new Ops.SourceInfo("f", new byte[] {6})),
                List.of(new Ops.Range(1, 2))),
            "0a0176 1001 1a0107 220108 2a0175 3206 0a0166 120106 3a08 0a020801 12020802"),
        row(
            new Gateway.PongResponse(List.of("return"), List.of(), List.of()),
            "0a0a 0a06 72657475726e 1001"),
        row(
            new Gateway.SolveResponse(
                new Gateway.Result(
                    Optional.of(new Gateway.Ref("r", Ops.Definition.EMPTY)),
                    new LinkedHashMap<>(),
                    Map.of("k", new byte[] {1}))),
            "1a0d 1a03 0a0172 5206 0a016b 120101"),
        row(
            new Gateway.Status(2, "m", List.of(new Gateway.Any("t", new byte[] {1}))),
            "0802 12016d 1a06 0a0174 120101"),
        row(Packet.request(3), "0801 1803"),
        row(Packet.data(-1, new byte[] {4}), "0802 18ffffffff0f 220104"),
        row(Packet.fin(), "0803"),
        row(Packet.endOfList(), ""),
        row(
            Packet.stat(
                new Stat("p", Fs.DIRECTORY | 0755, 1, 2, 3, 4, "l", 5, 6, Map.of("x", hex("ff")))),
            "1220 0a0170 10ed83808008 1801 2002 2803 3004 3a016c 4005 4806 5206 0a0178 1201ff"));
  }

  @ParameterizedTest(name = "{0} {2}")
  @MethodSource
  void written(String name, Message message, String bytes) {
    assertThat(HexFormat.of().formatHex(ProtoWriter.bytes(message)))
        .isEqualTo(bytes.replace(" ", ""));
  }

  @Test
  void packetsComeBackAsTheyWent() throws IOException {
    Stat stat =
        new Stat("a/b", Fs.SYMLINK | 0777, -1, 7, 1L << 40, -5, "t", 1, 2, Map.of("x", hex("00")));
    Packet back = ProtoReader.parse(ProtoWriter.bytes(Packet.stat(stat)), Packet::read);
    assertThat(back.stat().orElseThrow()).usingRecursiveComparison().isEqualTo(stat);
    assertThat(ProtoReader.parse(ProtoWriter.bytes(Packet.data(-1, hex("0102"))), Packet::read))
        .usingRecursiveComparison()
        .isEqualTo(Packet.data(-1, hex("0102")));
  }

  @Test
  void aSolveRequestIsRead() throws IOException {
    String bytes =
        "0a0172" // Ref
            + "1a03 6f6c64" // ExporterDeprecated, which is not asked for
            + "2a0173" // Session
            + "3a06 0a016b 120176" // FrontendAttrs
            + "3a03 0a016c" // the same without a value
            + "4212 2210 0a06 696e6c696e65 1206 0a016d 12016e" // Cache.Exports
            + "4a01 65" // Entitlements
            + "5801" // Internal
            + "6a0d 0a04 6d6f6279 1205 0a016e 1200" // Exporters
            + "9a060178 f80105"; // fields that nobody knows
    Control.SolveRequest request = ProtoReader.parse(hex(bytes), Control.SolveRequest::read);
    assertThat(request.ref()).isEqualTo("r");
    assertThat(request.session()).isEqualTo("s");
    assertThat(request.options()).isEqualTo(Map.of("k", "v", "l", ""));
    assertThat(request.cacheExports())
        .containsExactly(new Control.CacheEntry("inline", Map.of("m", "n")));
    assertThat(request.entitlements()).containsExactly("e");
    assertThat(request.internal()).isTrue();
    assertThat(request.exporters()).hasSize(1);
    assertThat(request.exporters().getFirst().type()).isEqualTo("moby");
  }

  @Test
  void aDefinitionOfOneSourceNamesItByDigest() throws IOException {
    Ops.Source source = new Ops.Source("graft-ref://x", Map.of());
    Ops.Definition back =
        ProtoReader.parse(ProtoWriter.bytes(Ops.Definition.of(source)), Ops.Definition::read);
    assertThat(back.operations()).hasSize(2);
    assertThat(back.sources()).containsExactly(source);
    assertThat(new String(back.operations().get(1), StandardCharsets.UTF_8))
        .contains(Digest.of(back.operations().getFirst()).toString());
  }

  @ParameterizedTest
  @MethodSource
  void malformed(String bytes) {
    assertThatThrownBy(() -> ProtoReader.parse(hex(bytes), Control.SolveRequest::read))
        .isInstanceOf(IOException.class);
  }

  static Stream<String> malformed() {
    return Stream.of(
        "0a", // no length
        "0a05 61", // shorter than its length
        "0aff ffff ffff ffff ffff ff01", // a negative length
        "0801", // a number where a text is to be
        "0a02 c328", // no UTF-8
        "3a05 0a 01 6b 12 05 76", // an entry that leaves its map
        "00", // field 0
        "0c", // the end of a group that did not begin
        "ffff ffff ffff ffff ffff ff"); // a number without end
  }

  @Test
  void manyFieldsAreRefused() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    for (int i = 0; i < 300_000; i++) {
      out.writeString(9, "");
    }
    out.flush();
    assertThatThrownBy(() -> ProtoReader.parse(bytes.toByteArray(), Control.SolveRequest::read))
        .hasMessageContaining("more than 200000 fields");
  }
}
