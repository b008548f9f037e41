package graft.build.run;

import graft.error.GraftException;
import graft.oci.Platform;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Whether this machine runs programs of other platforms: its kernel has been told of an emulator
/// for them.
///
/// Source: Documentation/admin-guide/binfmt-misc.rst; elf(5).
final class Foreign {
  private static final Path REGISTERED = Path.of("/proc/sys/fs/binfmt_misc");

  /// What an ELF file of an architecture begins with: class, byte order, machine.
  private record Elf(int bits, boolean little, int machine) {
    /// As far as the kernel looks at most: an executable, linked to a fixed place or not.
    byte[] header(int type) {
      byte[] header = new byte[64];
      byte[] magic = {0x7f, 'E', 'L', 'F', (byte) (bits / 32), (byte) (little ? 1 : 2), 1};
      System.arraycopy(magic, 0, header, 0, magic.length);
      put(header, 16, type);
      put(header, 18, machine);
      header[little ? 20 : 23] = 1;
      return header;
    }

    private void put(byte[] into, int at, int value) {
      into[at] = (byte) (little ? value : value >>> 8);
      into[at + 1] = (byte) (little ? value >>> 8 : value);
    }
  }

  private static final Map<String, Elf> MACHINES =
      Map.ofEntries(
          Map.entry("386", new Elf(32, true, 3)),
          Map.entry("amd64", new Elf(64, true, 62)),
          Map.entry("arm", new Elf(32, true, 40)),
          Map.entry("arm64", new Elf(64, true, 183)),
          Map.entry("loong64", new Elf(64, true, 258)),
          Map.entry("mips64", new Elf(64, false, 8)),
          Map.entry("mips64le", new Elf(64, true, 8)),
          Map.entry("ppc64le", new Elf(64, true, 21)),
          Map.entry("riscv64", new Elf(64, true, 243)),
          Map.entry("s390x", new Elf(64, false, 22)));

  private Foreign() {}

  /// Refuses to run programs that the kernel would not.
  ///
  /// @throws GraftException NOT_IMPLEMENTED that says what is missing
  static void check(Platform platform) throws IOException {
    check(platform, Platform.host(), REGISTERED);
  }

  static void check(Platform platform, Platform host, Path registered) throws IOException {
    if (!platform.os().equals(host.os())) {
      throw missing(platform, host, "there is no emulator of another system");
    }
    if (isNative(platform.architecture(), host.architecture())) {
      return;
    }
    Elf elf = MACHINES.get(platform.architecture());
    if (elf == null) {
      throw missing(platform, host, "its programs are not known");
    }
    if (!Files.isDirectory(registered)) {
      throw missing(platform, host, "the kernel has no " + registered);
    }
    boolean withoutFix = false;
    try (Stream<Path> entries = Files.list(registered)) {
      for (Path entry : entries.sorted().toList()) {
        String name = entry.getFileName().toString();
        if (name.equals("register") || name.equals("status")) {
          continue;
        }
        Rule rule = Rule.parse(Files.readAllLines(entry, StandardCharsets.ISO_8859_1));
        if (rule.takes(elf.header(2)) || rule.takes(elf.header(3))) {
          if (rule.fixed()) {
            return;
          }
          withoutFix = true;
        }
      }
    }
    throw missing(
        platform,
        host,
        withoutFix
            ? "its emulator is registered without the flag F, so it is not there in containers"
            : "no emulator is registered for it in " + registered);
  }

  /// Kernels for 64 bits run programs for 32.
  private static boolean isNative(String wanted, String host) {
    return wanted.equals(host) || (host.equals("amd64") && wanted.equals("386"));
  }

  private static GraftException missing(Platform platform, Platform host, String why) {
    return new GraftException(
        GraftException.Kind.NOT_IMPLEMENTED,
        "cannot run programs for "
            + platform
            + " on "
            + host
            + ": "
            + why
            + "; install qemu-user-static with binfmt support on the engine's machine, or build this"
            + " stage with FROM --platform=$BUILDPLATFORM");
  }

  /// What is registered, as the kernel shows it.
  ///
  /// @param fixed the emulator was opened when it was registered, and is there in every container
  private record Rule(boolean enabled, boolean fixed, int offset, byte[] magic, byte[] mask) {
    static Rule parse(List<String> lines) {
      boolean fixed = false;
      int offset = 0;
      byte[] magic = new byte[0];
      byte[] mask = new byte[0];
      for (String line : lines) {
        int space = line.indexOf(' ');
        String value = line.substring(space + 1).strip();
        switch (space < 0 ? line : line.substring(0, space)) {
          case "flags:" -> fixed = value.contains("F");
          case "offset" -> offset = Integer.parseInt(value);
          case "magic" -> magic = HexFormat.of().parseHex(value);
          case "mask" -> mask = HexFormat.of().parseHex(value);
          default -> {}
        }
      }
      return new Rule(lines.contains("enabled"), fixed, offset, magic, mask);
    }

    boolean takes(byte[] header) {
      if (!enabled || magic.length == 0 || offset + magic.length > header.length) {
        return false;
      }
      for (int i = 0; i < magic.length; i++) {
        int relevant = i < mask.length ? mask[i] : 0xff;
        if (((header[offset + i] ^ magic[i]) & relevant) != 0) {
          return false;
        }
      }
      return true;
    }
  }
}
