package graft.docker.buildkit.proto;

import com.google.protobuf.CodedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Writes the fields of a message. Those at their default are left out, as proto3 has it, except in
/// lists.
public final class ProtoWriter {
  private final CodedOutputStream out;

  private ProtoWriter(CodedOutputStream out) {
    this.out = out;
  }

  /// A whole message.
  public static byte[] bytes(Message message) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    // Most messages are small, and the contents of large ones pass the buffer by.
    CodedOutputStream out = CodedOutputStream.newInstance(bytes, 128);
    try {
      message.write(new ProtoWriter(out));
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write to memory", e);
    }
    return bytes.toByteArray();
  }

  public ProtoWriter text(int field, String value) throws IOException {
    if (!value.isEmpty()) {
      out.writeString(field, value);
    }
    return this;
  }

  public ProtoWriter texts(int field, List<String> values) throws IOException {
    for (String value : values) {
      out.writeString(field, value);
    }
    return this;
  }

  public ProtoWriter bytes(int field, byte[] value) throws IOException {
    if (value.length > 0) {
      out.writeByteArray(field, value);
    }
    return this;
  }

  public ProtoWriter bytes(int field, List<byte[]> values) throws IOException {
    for (byte[] value : values) {
      out.writeByteArray(field, value);
    }
    return this;
  }

  public ProtoWriter flag(int field, boolean value) throws IOException {
    if (value) {
      out.writeBool(field, true);
    }
    return this;
  }

  public ProtoWriter number(int field, long value) throws IOException {
    if (value != 0) {
      out.writeInt64(field, value);
    }
    return this;
  }

  /// Fields that were written before.
  public ProtoWriter raw(byte[] fields) throws IOException {
    out.writeRawBytes(fields);
    return this;
  }

  public ProtoWriter message(int field, Message value) throws IOException {
    out.writeByteArray(field, bytes(value));
    return this;
  }

  public ProtoWriter message(int field, Optional<? extends Message> value) throws IOException {
    return value.isPresent() ? message(field, value.get()) : this;
  }

  public ProtoWriter messages(int field, List<? extends Message> values) throws IOException {
    for (Message value : values) {
      message(field, value);
    }
    return this;
  }

  public ProtoWriter map(int field, Map<String, String> map) throws IOException {
    for (Map.Entry<String, String> e : map.entrySet()) {
      message(field, entry -> entry.text(1, e.getKey()).text(2, e.getValue()));
    }
    return this;
  }

  public ProtoWriter bytesMap(int field, Map<String, byte[]> map) throws IOException {
    for (Map.Entry<String, byte[]> e : map.entrySet()) {
      message(field, entry -> entry.text(1, e.getKey()).bytes(2, e.getValue()));
    }
    return this;
  }

  public ProtoWriter messageMap(int field, Map<String, ? extends Message> map) throws IOException {
    for (Map.Entry<String, ? extends Message> e : map.entrySet()) {
      message(field, entry -> entry.text(1, e.getKey()).message(2, e.getValue()));
    }
    return this;
  }

  /// A google.protobuf.Timestamp.
  public ProtoWriter instant(int field, Instant value) throws IOException {
    return message(field, in -> in.number(1, value.getEpochSecond()).number(2, value.getNano()));
  }

  public ProtoWriter instant(int field, Optional<Instant> value) throws IOException {
    return value.isPresent() ? instant(field, value.get()) : this;
  }
}
