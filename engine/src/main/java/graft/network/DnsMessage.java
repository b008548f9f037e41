package graft.network;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// The little of the DNS that a name service for containers needs: it reads the question of a query
/// and writes answers to it. What it has no answer to is forwarded byte for byte, so that nothing
/// else of the protocol has to be understood here.
///
/// Source: RFC 1035 section 4.
final class DnsMessage {
  static final int A = 1;
  static final int PTR = 12;
  static final int AAAA = 28;

  static final int OK = 0;
  static final int SERVER_FAILURE = 2;
  static final int NO_SUCH_NAME = 3;

  private static final int HEADER = 12;
  private static final int INTERNET = 1;
  private static final int TTL = 600;
  private static final int LONGEST_NAME = 255;
  private static final int LONGEST_LABEL = 63;

  /// Without EDNS, which we do not offer, an answer by UDP has no more.
  private static final int LARGEST_DATAGRAM = 512;

  /// A query with its one question.
  ///
  /// @param name in lower case, labels between dots, without the last dot; bytes that are no ASCII
  ///   stand as ISO 8859-1
  /// @param end where the question ends in `bytes`
  record Question(byte[] bytes, String name, int type, int end) {
    int id() {
      return ByteBuffer.wrap(bytes).getShort(0) & 0xffff;
    }

    /// The address that a name of `in-addr.arpa` or `ip6.arpa` stands for.
    Optional<InetAddress> reversed() {
      String[] labels = name.split("\\.");
      StringBuilder text = new StringBuilder();
      if (name.endsWith(".in-addr.arpa") && labels.length == 6) {
        for (int i = 3; i >= 0; i--) {
          text.append(labels[i]).append(i > 0 ? "." : "");
        }
      } else if (name.endsWith(".ip6.arpa") && labels.length == 34) {
        for (int i = 31; i >= 0; i--) {
          text.append(labels[i]).append(i > 0 && i % 4 == 0 ? ":" : "");
        }
      } else {
        return Optional.empty();
      }
      return Ip.parse(text.toString());
    }
  }

  private DnsMessage() {}

  /// The question of a query; empty for everything that is none, or has not exactly one question in
  /// the Internet class, or is malformed.
  static Optional<Question> question(byte[] bytes) {
    if (bytes.length < HEADER + 5) {
      return Optional.empty();
    }
    ByteBuffer in = ByteBuffer.wrap(bytes);
    int flags = in.getShort(2) & 0xffff;
    boolean query = (flags & 0xf800) == 0;
    if (!query || in.getShort(4) != 1) {
      return Optional.empty();
    }
    StringBuilder name = new StringBuilder();
    int at = HEADER;
    while (true) {
      if (at >= bytes.length) {
        return Optional.empty();
      }
      int length = bytes[at] & 0xff;
      at++;
      if (length == 0) {
        break;
      }
      if (length > LONGEST_LABEL
          || at + length > bytes.length
          || name.length() + length > LONGEST_NAME) {
        return Optional.empty();
      }
      if (!name.isEmpty()) {
        name.append('.');
      }
      for (int i = at; i < at + length; i++) {
        int c = bytes[i] & 0xff;
        name.append((char) (c >= 'A' && c <= 'Z' ? c + 32 : c));
      }
      at += length;
    }
    if (at + 4 > bytes.length || in.getShort(at + 2) != INTERNET) {
      return Optional.empty();
    }
    return Optional.of(new Question(bytes, name.toString(), in.getShort(at) & 0xffff, at + 4));
  }

  /// Addresses of one family for an A or AAAA question; none is an answer too.
  ///
  /// @param datagram whether it has to fit into one: what does not is left out, and the answer says
  ///   so
  static byte[] addresses(Question question, List<InetAddress> addresses, boolean datagram) {
    int each = 12 + (addresses.isEmpty() ? 0 : addresses.getFirst().getAddress().length);
    int room = datagram ? (LARGEST_DATAGRAM - question.end()) / each : addresses.size();
    List<InetAddress> fitting = addresses.subList(0, Math.min(room, addresses.size()));
    boolean truncated = fitting.size() < addresses.size();
    return answer(question, OK, truncated, fitting.stream().map(InetAddress::getAddress).toList());
  }

  /// The name for a PTR question.
  static byte[] name(Question question, String name) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (String label : name.split("\\.")) {
      byte[] bytes = label.getBytes(StandardCharsets.ISO_8859_1);
      int length = Math.min(bytes.length, LONGEST_LABEL);
      out.write(length);
      out.write(bytes, 0, length);
    }
    out.write(0);
    return answer(question, OK, false, List.of(out.toByteArray()));
  }

  static byte[] failure(Question question, int code) {
    return answer(question, code, false, List.of());
  }

  private static byte[] answer(
      Question question, int code, boolean truncated, List<byte[]> values) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      boolean recursion = (question.bytes()[2] & 1) != 0;
      out.writeShort(question.id());
      int flags = 0x8000 | (truncated ? 0x0200 : 0) | (recursion ? 0x0100 : 0) | 0x0080 | code;
      out.writeShort(flags);
      out.writeShort(1);
      out.writeShort(values.size());
      out.writeInt(0);
      out.write(question.bytes(), HEADER, question.end() - HEADER);
      for (byte[] value : values) {
        // The name is a pointer to that of the question.
        out.writeShort(0xc000 | HEADER);
        out.writeShort(question.type());
        out.writeShort(INTERNET);
        out.writeInt(TTL);
        out.writeShort(value.length);
        out.write(value);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /// Whether these bytes answer that very question.
  static boolean answers(byte[] bytes, Question question) {
    return bytes.length >= question.end()
        && ByteBuffer.wrap(bytes).getShort(0) == (short) question.id()
        && (bytes[2] & 0x80) != 0
        && sameQuestion(bytes, question);
  }

  /// Servers may answer in another case; lengths are the same.
  private static boolean sameQuestion(byte[] bytes, Question question) {
    byte[] theirs = Arrays.copyOfRange(bytes, HEADER, question.end());
    byte[] ours = Arrays.copyOfRange(question.bytes(), HEADER, question.end());
    return new String(theirs, StandardCharsets.ISO_8859_1)
        .equalsIgnoreCase(new String(ours, StandardCharsets.ISO_8859_1));
  }
}
