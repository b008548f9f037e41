package graft.cli.build;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// Lines out of the pieces in which a program's output comes. A character may be cut in two.
final class OutputLines {
  /// A line this long is shown in parts.
  private static final int LONGEST = 64 << 10;

  private final CharsetDecoder decoder =
      StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPLACE)
          .onUnmappableCharacter(CodingErrorAction.REPLACE);
  private final StringBuilder text = new StringBuilder();
  private ByteBuffer left = ByteBuffer.allocate(0);

  /// The lines that are complete now.
  List<String> add(byte[] bytes) {
    ByteBuffer all = ByteBuffer.allocate(left.remaining() + bytes.length).put(left).put(bytes);
    all.flip();
    CharBuffer chars = CharBuffer.allocate(all.remaining() + 1);
    decoder.decode(all, chars, false);
    left = all.slice();
    text.append(chars.flip());
    List<String> lines = new ArrayList<>();
    int from = 0;
    for (int end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", from)) {
      lines.add(text.substring(from, end));
      from = end + 1;
    }
    text.delete(0, from);
    if (text.length() > LONGEST) {
      lines.add(text.toString());
      text.setLength(0);
    }
    return lines;
  }

  /// What has no end of line yet.
  String rest() {
    return text.toString();
  }
}
