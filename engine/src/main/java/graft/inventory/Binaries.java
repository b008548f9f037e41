package graft.inventory;

import com.fasterxml.jackson.databind.JsonNode;
import graft.error.GraftException;
import graft.inventory.Inventory.Installed;
import graft.inventory.Inventory.Manager;
import graft.oci.Json;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.zip.InflaterInputStream;

/// What compilers write into programs about what these are built of.
///
/// Source: Go, debug/buildinfo; github.com/rust-secure-code/cargo-auditable, PARSING.md.
final class Binaries {
  private static final String GO = ".go.buildinfo";
  private static final String RUST = ".dep-v0";

  private static final byte[] GO_MAGIC =
      "\u00ff Go buildinf:".getBytes(StandardCharsets.ISO_8859_1);

  /// Bit 1 of the flags at 15: the strings follow at 32, each behind its length as a varint. Older
  /// ones have pointers instead.
  private static final int GO_INLINE = 2;

  private static final int GO_STRINGS = 32;

  /// Before and after the list of modules are 16 bytes that a debugger finds it by.
  private static final int GO_SENTINEL = 16;

  private static final int LARGEST = 16 << 20;
  private static final int MOST = 50_000;

  private Binaries() {}

  static List<Installed> read(String path, Bytes file, Consumer<String> skip) throws IOException {
    List<Installed> all = new ArrayList<>();
    Optional<ElfSections> sections = ElfSections.of(file);
    if (sections.isPresent()) {
      Optional<Bytes> go = sections.get().find(GO);
      if (go.isPresent()) {
        go(path, go.get(), all, skip);
      }
      Optional<Bytes> rust = sections.get().find(RUST);
      if (rust.isPresent()) {
        rust(path, rust.get(), all, skip);
      }
    }
    return all;
  }

  private static void go(String path, Bytes section, List<Installed> into, Consumer<String> skip)
      throws IOException {
    if (section.size() > LARGEST) {
      skip.accept("Go build information of " + section.size() + " bytes");
      return;
    }
    byte[] bytes = section.bytes(0, section.size());
    if (bytes.length < GO_STRINGS || !startsWith(bytes, GO_MAGIC)) {
      throw new Senseless("its Go build information has no such beginning");
    }
    if ((bytes[15] & GO_INLINE) == 0) {
      skip.accept("built by a Go before 1.18, whose build information is not read");
      return;
    }
    int[] at = {GO_STRINGS};
    String version = string(bytes, at);
    String modules = string(bytes, at);
    // "go1.22.3", and "go1.22.3 X:experiment".
    if (version.startsWith("go")) {
      into.add(Installed.at(path, Manager.GO, "stdlib", version.substring(2).split(" ", 2)[0], ""));
    }
    if (modules.length() < 2 * GO_SENTINEL) {
      return;
    }
    String text = modules.substring(GO_SENTINEL, modules.length() - GO_SENTINEL);
    String[] last = {};
    for (String line : text.lines().limit(MOST).toList()) {
      String[] words = line.split("\t", -1);
      if (words.length >= 3 && (words[0].equals("dep") || words[0].equals("mod"))) {
        module(path, last, into);
        last = words;
      } else if (words.length >= 3 && words[0].equals("=>")) {
        // Built from this one instead.
        last = words;
      }
    }
    module(path, last, into);
  }

  private static void module(String path, String[] words, List<Installed> into) {
    if (words.length >= 3 && !words[1].isEmpty()) {
      String version = words[2].equals("(devel)") ? "" : words[2];
      into.add(Installed.at(path, Manager.GO, words[1], version, ""));
    }
  }

  private static boolean startsWith(byte[] bytes, byte[] start) {
    return Arrays.equals(bytes, 0, start.length, start, 0, start.length);
  }

  /// Little endian, seven bits of each byte; then as many bytes.
  private static String string(byte[] bytes, int[] at) {
    long length = 0;
    for (int shift = 0; ; shift += 7) {
      if (at[0] >= bytes.length || shift > 28) {
        throw new Senseless("its Go build information ends early");
      }
      byte b = bytes[at[0]++];
      length |= (b & 0x7fL) << shift;
      if (b >= 0) {
        break;
      }
    }
    if (length > bytes.length - at[0]) {
      throw new Senseless("its Go build information ends early");
    }
    // The sentinels are no text; all else is ASCII or is not needed.
    String text = new String(bytes, at[0], (int) length, StandardCharsets.ISO_8859_1);
    at[0] += (int) length;
    return text;
  }

  private static void rust(String path, Bytes section, List<Installed> into, Consumer<String> skip)
      throws IOException {
    byte[] packed = section.bytes(0, Math.min(section.size(), LARGEST));
    byte[] json;
    try (InputStream in = new InflaterInputStream(new ByteArrayInputStream(packed))) {
      json = in.readNBytes(LARGEST + 1);
    } catch (IOException e) {
      // Of bytes in memory: they are no zlib.
      throw new Senseless("its list of crates is damaged");
    }
    if (json.length > LARGEST) {
      skip.accept("its list of crates is larger than " + (LARGEST >> 20) + " MB");
      return;
    }
    JsonNode root;
    try {
      root = Json.object(json, "the list of crates");
    } catch (GraftException e) {
      throw new Senseless("its list of crates is no JSON");
    }
    int left = MOST;
    for (JsonNode one : root.path("packages")) {
      String name = Json.text(one, "name");
      String version = Json.text(one, "version");
      // Those of kind "build" ran while it was compiled and are not in it.
      if (!name.isEmpty() && !version.isEmpty() && !Json.text(one, "kind").equals("build")) {
        if (--left < 0) {
          skip.accept("names more than " + MOST + " crates");
          return;
        }
        into.add(Installed.at(path, Manager.CARGO, name, version, ""));
      }
    }
  }
}
