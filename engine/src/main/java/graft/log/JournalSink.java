package graft.log;

import graft.linux.Descriptor;
import graft.runtime.LogReader;
import graft.runtime.Runtime.Streams.Source;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/// The journal of systemd, by its own protocol: a datagram of fields for each entry, which is at
/// most 16 KiB and so needs no file to be handed over.
///
/// Source: systemd.io/JOURNAL_NATIVE_PROTOCOL; fields of moby v28.5.2 (journald.go).
public final class JournalSink implements LogSink {
  public static final Path SOCKET = Path.of("/run/systemd/journal/socket");

  private final Descriptor socket;
  private final Map<String, String> fields;

  private JournalSink(Descriptor socket, Map<String, String> fields) {
    this.socket = socket;
    this.fields = fields;
  }

  public static JournalSink open(LogInfo info, Path socket) throws IOException {
    if (!Files.exists(socket)) {
      throw LogSink.refused("journald is not enabled on this host");
    }
    return new JournalSink(Descriptor.connectDatagram(socket), fields(info));
  }

  /// Those that every entry of a container has.
  static Map<String, String> fields(LogInfo info) {
    String tag = info.tag("{{.ID}}");
    Map<String, String> fields = new LinkedHashMap<>();
    info.attributes().forEach((key, value) -> fields.put(name(key), value));
    fields.put("CONTAINER_ID", info.shortId());
    fields.put("CONTAINER_ID_FULL", info.id());
    fields.put("CONTAINER_NAME", info.name());
    fields.put("CONTAINER_TAG", tag);
    fields.put("IMAGE_NAME", info.imageName());
    fields.put("SYSLOG_IDENTIFIER", tag);
    return fields;
  }

  /// What the journal takes for the name of a field: capitals, digits and underscores, none of them
  /// at the beginning.
  private static String name(String key) {
    return key.toUpperCase(Locale.ROOT).replaceAll("[^A-Z0-9_]", "_").replaceFirst("^_+", "");
  }

  @Override
  public void send(LogReader.Entry entry) throws IOException {
    byte[] datagram = datagram(fields, entry);
    socket.write(datagram, 0, datagram.length);
  }

  static byte[] datagram(Map<String, String> fields, LogReader.Entry entry) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] text = entry.text();
    boolean whole = text.length > 0 && text[text.length - 1] == '\n';
    put(out, "MESSAGE", whole ? java.util.Arrays.copyOf(text, text.length - 1) : text);
    put(out, "PRIORITY", entry.source() == Source.STDERR ? "3" : "6");
    put(out, "SYSLOG_TIMESTAMP", entry.at().toString());
    if (!whole) {
      put(out, "CONTAINER_PARTIAL_MESSAGE", "true");
    }
    fields.forEach((name, value) -> put(out, name, value));
    return out.toByteArray();
  }

  private static void put(ByteArrayOutputStream out, String name, String value) {
    put(out, name, value.getBytes(StandardCharsets.UTF_8));
  }

  /// `NAME=value`, or the name, the length in eight bytes and the value, where that has newlines.
  private static void put(ByteArrayOutputStream out, String name, byte[] value) {
    out.writeBytes(name.getBytes(StandardCharsets.UTF_8));
    boolean plain = true;
    for (byte b : value) {
      plain &= b != '\n';
    }
    if (plain) {
      out.write('=');
    } else {
      out.write('\n');
      out.writeBytes(
          ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value.length).array());
    }
    out.writeBytes(value);
    out.write('\n');
  }

  @Override
  public void close() {
    socket.close();
  }
}
