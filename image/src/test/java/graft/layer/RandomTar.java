package graft.layer;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;

/// Tars as all the world writes them, byte by byte: ustar, GNU and PAX headers, all types, odd
/// trailers. Written here without [TarWriter], so that both are not wrong in the same way.
final class RandomTar {
  private final Random random;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private int number;

  RandomTar(long seed) {
    random = new Random(seed);
  }

  byte[] make() {
    int entries = random.nextInt(30);
    for (int i = 0; i < entries; i++) {
      entry();
    }
    switch (random.nextInt(5)) {
      case 0 -> {}
      case 1 -> out.writeBytes(new byte[512]);
      case 2 -> out.writeBytes(new byte[1024]);
      case 3 -> out.writeBytes(new byte[10240]);
      default -> {
        out.writeBytes(new byte[1024]);
        byte[] garbage = new byte[random.nextInt(3000)];
        random.nextBytes(garbage);
        out.writeBytes(garbage);
      }
    }
    return out.toByteArray();
  }

  private void entry() {
    String name = "d" + random.nextInt(4) + "/f" + number++;
    String prefix = random.nextBoolean() ? "./" : random.nextInt(5) == 0 ? "/" : "";
    byte[] payload =
        new byte[random.nextInt(4) == 0 ? random.nextInt(70_000) : random.nextInt(900)];
    random.nextBytes(payload);
    boolean gnu = random.nextBoolean();
    switch (random.nextInt(10)) {
      case 0 -> header(prefix + name + "/", '5', 0, "", gnu);
      case 1 -> header(prefix + name, '2', 0, "../some/where", gnu);
      case 2 -> header(prefix + name, '1', random.nextBoolean() ? 999 : 0, "d0/f0", gnu);
      case 3 -> header(prefix + name, (char) ('3' + random.nextInt(2)), 0, "", gnu);
      case 4 -> header(prefix + name, '6', 0, "", gnu);
      case 5 -> {
        String deep = name + "/" + "x".repeat(90) + "/" + "y".repeat(90);
        extended('L', "././@LongLink", (deep + "\0").getBytes(StandardCharsets.UTF_8));
        header(deep.substring(0, 100), '0', payload.length, "", true);
        data(payload);
      }
      case 6 -> {
        extended(
            'x', "PaxHeaders/x", pax("path=" + name + "ü", "mtime=123.456789012", "uid=3000000"));
        header("short", '0', payload.length, "", false);
        data(payload);
      }
      case 7 -> {
        if (random.nextInt(4) == 0) {
          extended('g', "pax_global_header", pax("comment=hello"));
        }
        header(prefix + name, '\0', payload.length, "", gnu);
        data(payload);
      }
      default -> {
        header(prefix + name, '0', payload.length, "", gnu);
        data(payload);
      }
    }
  }

  static byte[] pax(String... records) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (String record : records) {
      int body = record.getBytes(StandardCharsets.UTF_8).length + 2;
      int length = body + 1;
      while (length != body + Integer.toString(length).length()) {
        length = body + Integer.toString(length).length();
      }
      all.writeBytes((length + " " + record + "\n").getBytes(StandardCharsets.UTF_8));
    }
    return all.toByteArray();
  }

  private void extended(char type, String name, byte[] body) {
    header(name, type, body.length, "", random.nextBoolean());
    data(body);
  }

  private void data(byte[] payload) {
    out.writeBytes(payload);
    byte[] padding = new byte[(512 - payload.length % 512) % 512];
    if (random.nextBoolean()) {
      // Padding is not always zero.
      random.nextBytes(padding);
    }
    out.writeBytes(padding);
  }

  private void header(String name, char type, long size, String link, boolean gnu) {
    out.writeBytes(header(name, type, String.format("%011o", size), link, gnu, random));
  }

  static byte[] header(
      String name, char type, String size, String link, boolean gnu, Random random) {
    byte[] b = new byte[512];
    put(b, 0, name);
    put(b, 100, random.nextBoolean() ? "0000644\0" : "   644 \0");
    put(b, 108, "0001750\0");
    put(b, 116, "0001750\0");
    put(b, 124, size);
    put(b, 136, "14000000000");
    b[156] = (byte) type;
    put(b, 157, link);
    put(b, 257, gnu ? "ustar  \0" : "ustar\00000");
    put(b, 265, "user");
    put(b, 329, "0000001\0");
    put(b, 337, "0000003\0");
    Arrays.fill(b, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte x : b) {
      sum += x & 0xff;
    }
    put(b, 148, String.format("%06o\0 ", sum));
    return b;
  }

  private static void put(byte[] b, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    System.arraycopy(bytes, 0, b, at, bytes.length);
  }
}
