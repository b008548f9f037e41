package graft.facts;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Names of files as text. Linux has bytes there, which need not be UTF-8: a byte that is none is
/// the char U+DC00 + byte, a lone surrogate, so that no name is lost and no two become one.
///
/// Source: PEP 383, "surrogateescape".
public final class FileNames {
  private static final char ESCAPE = '\udc00';

  private FileNames() {}

  public static String of(byte[] name) {
    return of(name, 0, name.length);
  }

  static String of(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] < 0) {
        return decoded(Arrays.copyOfRange(bytes, from, to));
      }
    }
    return new String(bytes, from, to - from, StandardCharsets.ISO_8859_1);
  }

  private static String decoded(byte[] name) {
    CharsetDecoder strict =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    try {
      return strict.decode(ByteBuffer.wrap(name)).toString();
    } catch (CharacterCodingException e) {
      return escaped(strict.reset(), name);
    }
  }

  private static String escaped(CharsetDecoder strict, byte[] name) {
    ByteBuffer in = ByteBuffer.wrap(name);
    CharBuffer out = CharBuffer.allocate(name.length);
    while (true) {
      CoderResult result = strict.decode(in, out, true);
      if (!result.isError()) {
        return out.flip().toString();
      }
      for (int i = 0; i < result.length(); i++) {
        out.put((char) (ESCAPE + (in.get() & 0xff)));
      }
      strict.reset();
    }
  }

  /// The bytes [#of] was given.
  public static byte[] bytes(String name) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int from = 0;
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (Character.isHighSurrogate(c)) {
        i++;
      } else if (Character.isLowSurrogate(c)) {
        out.writeBytes(name.substring(from, i).getBytes(StandardCharsets.UTF_8));
        out.write(c - ESCAPE);
        from = i + 1;
      }
    }
    byte[] rest = name.substring(from).getBytes(StandardCharsets.UTF_8);
    if (from == 0) {
      return rest;
    }
    out.writeBytes(rest);
    return out.toByteArray();
  }
}
