package graft.docker.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WebSocketTest {
  private static final HexFormat HEX = HexFormat.of();

  /// The example of RFC 6455, 1.3.
  @Test
  void theHandshakeIsAccepted() {
    assertThat(
            WebSocket.accept(
                Optional.of("WebSocket"),
                Optional.of("keep-alive, Upgrade"),
                Optional.of("13"),
                Optional.of("dGhlIHNhbXBsZSBub25jZQ==")))
        .isEqualTo("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  }

  @ParameterizedTest
  @CsvSource({
    "tcp, Upgrade, 13, dGhlIHNhbXBsZSBub25jZQ==, not websocket",
    "websocket, close, 13, dGhlIHNhbXBsZSBub25jZQ==, not websocket",
    "websocket, Upgrade, 8, dGhlIHNhbXBsZSBub25jZQ==, Version",
    "websocket, Upgrade, 13, dGhl, mismatch",
    "websocket, Upgrade, 13, ???, mismatch",
    "websocket, Upgrade, 13, , mismatch",
  })
  void whatIsNoHandshakeIsRefused(
      String upgrade, String connection, String version, String key, String text) {
    assertThatThrownBy(() ->
            WebSocket.accept(
                Optional.ofNullable(upgrade),
                Optional.ofNullable(connection),
                Optional.ofNullable(version),
                Optional.ofNullable(key)))
        .hasMessageContaining(text);
  }

  /// Frames of a client (the mask is 01020304, or 0), what is read of them, and what is answered.
  /// `8802....` is a Close: 03e8 is 1000, 03ea is 1002.
  @ParameterizedTest
  @CsvSource({
    // one message of text, the example of RFC 6455 5.7, then the end of the connection
    "818537fa213d7f9f4d5158, Hello, ''",
    // two messages, the second in two pieces with a ping between
    "82810000000061 02810000000062 89820000000070 71 80810000000063, abc, 8a027071",
    "8280000000008281000000 0061, a, ''",
    // Close with a status and a text; nothing after it is read
    "82810000000061 888500000000 03e8627965 82810000000062, a, 880203e8",
    "8880 00000000, '', 8800",
    "8a80000000008281 0000000061, a, ''",
    // an extended length of 126, written in 16 bits
    "82fe0003 01020304 606060, abc, ''",
    // no mask; a reserved bit; an unknown opcode; a ping in pieces; a long ping
    "820161, '', 880203ea",
    "c2810000000061, '', 880203ea",
    "83810000000061, '', 880203ea",
    "8b8000000000, '', 880203ea",
    "098000000000, '', 880203ea",
    "89fe00c800000000, '', 880203ea",
    // a continuation of nothing; a new message in the midst of one; a length below zero
    "80810000000061, '', 880203ea",
    "0281000000006182810000000062, a, 880203ea",
    "82ffffffffffffffffff00000000, '', 880203ea",
  })
  void framesOfAClient(String frames, String read, String answer) throws IOException {
    ByteArrayOutputStream answers = new ByteArrayOutputStream();
    byte[] bytes = HEX.parseHex(frames.replace(" ", ""));
    WebSocket socket = new WebSocket(new ByteArrayInputStream(bytes), answers, true);
    assertThat(new String(socket.in().readAllBytes(), StandardCharsets.UTF_8)).isEqualTo(read);
    assertThat(HEX.formatHex(answers.toByteArray())).isEqualTo(answer);
  }

  @ParameterizedTest
  @CsvSource({"82", "8281", "82810000", "82fe00", "8885000000000361"})
  void aFrameThatEndsEarlyIsAnError(String frames) {
    WebSocket socket =
        new WebSocket(
            new ByteArrayInputStream(HEX.parseHex(frames)), new ByteArrayOutputStream(), true);
    assertThatThrownBy(() -> socket.in().readAllBytes()).isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "true, 1, 8201",
    "true, 125, 827d",
    "true, 126, 827e007e",
    "true, 65535, 827effff",
    "true, 65536, 827f0000000000010000",
    "false, 3, 8103",
  })
  void whatIsWrittenIsAMessage(boolean binary, int length, String head) throws IOException {
    ByteArrayOutputStream sent = new ByteArrayOutputStream();
    OutputStream out = new WebSocket(new ByteArrayInputStream(new byte[0]), sent, binary).out();
    out.write(new byte[length]);
    assertThat(HEX.formatHex(sent.toByteArray())).startsWith(head);
    assertThat(sent.size()).isEqualTo(head.length() / 2 + length);
    sent.reset();
    out.close();
    out.close();
    assertThat(HEX.formatHex(sent.toByteArray())).isEqualTo("880203e8");
    assertThatThrownBy(() -> out.write(1)).hasMessageContaining("closed");
  }
}
