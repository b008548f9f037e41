package graft.docker.buildkit.proto;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;

/// Reads the fields of a message one after the other:
///
/// ```java
/// for (int field = in.next(); field != 0; field = in.next()) {
///   switch (field) {
///     case 1 -> name = in.text();
///     default -> in.skip();
///   }
/// }
/// ```
///
/// What is malformed, or would take far more memory than its bytes, is an IOException.
public final class ProtoReader {
  /// The largest message in either direction, as in BuildKit.
  public static final int LARGEST = 16 << 20;

  /// Fields of one message and of those in it. Each becomes an object or two.
  private static final int MOST_FIELDS = 200_000;

  private final CodedInputStream in;
  private int tag;
  private int fields;

  private ProtoReader(CodedInputStream in) {
    this.in = in;
  }

  /// Makes a value of the fields that a reader has yet to give.
  @FunctionalInterface
  public interface Parser<T> {
    T parse(ProtoReader in) throws IOException;
  }

  /// A whole message.
  public static <T> T parse(byte[] bytes, Parser<T> parser) throws IOException {
    return parser.parse(new ProtoReader(CodedInputStream.newInstance(bytes)));
  }

  /// The number of the next field; 0 at the message's end.
  public int next() throws IOException {
    tag = in.readTag();
    if (tag != 0 && ++fields > MOST_FIELDS) {
      throw new InvalidProtocolBufferException(
          "the message has more than " + MOST_FIELDS + " fields");
    }
    return WireFormat.getTagFieldNumber(tag);
  }

  public void skip() throws IOException {
    in.skipField(tag);
  }

  private void expect(int type) throws InvalidProtocolBufferException {
    if (WireFormat.getTagWireType(tag) != type) {
      throw new InvalidProtocolBufferException(
          "field " + WireFormat.getTagFieldNumber(tag) + " has an unexpected type");
    }
  }

  public String text() throws IOException {
    expect(WireFormat.WIRETYPE_LENGTH_DELIMITED);
    return in.readStringRequireUtf8();
  }

  public byte[] bytes() throws IOException {
    expect(WireFormat.WIRETYPE_LENGTH_DELIMITED);
    return in.readByteArray();
  }

  public boolean flag() throws IOException {
    return number() != 0;
  }

  /// Any integer that is not zigzag-encoded.
  public long number() throws IOException {
    expect(WireFormat.WIRETYPE_VARINT);
    return in.readInt64();
  }

  /// A message in the message.
  public <T> T message(Parser<T> parser) throws IOException {
    expect(WireFormat.WIRETYPE_LENGTH_DELIMITED);
    int before = in.pushLimit(in.readRawVarint32());
    T value = parser.parse(this);
    if (!in.isAtEnd()) {
      throw new InvalidProtocolBufferException("a message ends before its length");
    }
    in.popLimit(before);
    return value;
  }

  private record Entry<V>(String key, V value) {}

  /// One entry of a map.
  ///
  /// @param absent the value of an entry that has none
  public <V> void entry(Map<String, V> map, V absent, Parser<V> values) throws IOException {
    Entry<V> entry =
        message(in -> {
          String key = "";
          V value = absent;
          for (int field = in.next(); field != 0; field = in.next()) {
            switch (field) {
              case 1 -> key = in.text();
              case 2 -> value = values.parse(in);
              default -> in.skip();
            }
          }
          return new Entry<>(key, value);
        });
    map.put(entry.key(), entry.value());
  }

  /// One entry of a map of texts.
  public void entry(Map<String, String> map) throws IOException {
    entry(map, "", ProtoReader::text);
  }

  /// A google.protobuf.Timestamp.
  public Instant instant() throws IOException {
    return message(in -> {
      long seconds = 0;
      long nanos = 0;
      for (int field = in.next(); field != 0; field = in.next()) {
        switch (field) {
          case 1 -> seconds = in.number();
          case 2 -> nanos = in.number();
          default -> in.skip();
        }
      }
      return Instant.ofEpochSecond(
          Math.clamp(seconds, Instant.MIN.getEpochSecond(), Instant.MAX.getEpochSecond()),
          Math.clamp(nanos, 0, 999_999_999));
    });
  }
}
