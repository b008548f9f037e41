package graft.inventory;

import graft.inventory.Inventory.Installed;
import graft.inventory.Inventory.Manager;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Properties;
import java.util.function.Consumer;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What is in a jar, and in the jars in it. A jar that others were copied into has the
/// `pom.properties` of each; one that has none says at most in its manifest what it is.
///
/// A zip of some kilobytes may unpack to petabytes, and may contain itself: unpacked bytes are
/// counted over all that is in one file, and depth is bounded.
final class JavaArchive {
  private static final Pattern NAME =
      Pattern.compile(".*\\.(jar|war|ear|rar|par|sar|hpi|jpi|kar|lpkg)", Pattern.CASE_INSENSITIVE);

  private static final Pattern POM = Pattern.compile("META-INF/maven/[^/]+/[^/]+/pom\\.properties");
  private static final String MANIFEST = "META-INF/MANIFEST.MF";

  /// `spring-core-5.3.9.jar`
  private static final Pattern VERSIONED =
      Pattern.compile("(.+?)-(\\d[^/]*)\\.\\w+", Pattern.DOTALL);

  private static final int DEEPEST = 5;

  /// Unpacked archives in each other that are in memory at once.
  private static final int MOST_IN_MEMORY = 96 << 20;

  private static final int LARGEST_TEXT = 1 << 20;
  private static final int MOST_ENTRIES = 200_000;
  private static final int MOST_PACKAGES = 20_000;

  private final List<Installed> all = new ArrayList<>();
  private final Consumer<String> skip;
  private long unpackedLeft = 1L << 30;
  private int entriesLeft = MOST_ENTRIES;

  private JavaArchive(Consumer<String> skip) {
    this.skip = skip;
  }

  static boolean isName(String path) {
    return NAME.matcher(path).matches();
  }

  static List<Installed> read(String path, Bytes file, Consumer<String> skip) throws IOException {
    JavaArchive archive = new JavaArchive(skip);
    archive.read(path, file, 0, MOST_IN_MEMORY);
    return archive.all;
  }

  private void read(String path, Bytes file, int depth, int memory) throws IOException {
    Zip zip = Zip.open(file);
    List<Zip.Entry> poms = new ArrayList<>();
    List<Zip.Entry> nested = new ArrayList<>();
    List<Zip.Entry> manifests = new ArrayList<>();
    zip.forEach(entry -> {
      if (--entriesLeft < 0) {
        throw new Senseless("more than " + MOST_ENTRIES + " entries");
      }
      if (POM.matcher(entry.name()).matches()) {
        poms.add(entry);
      } else if (entry.name().equals(MANIFEST)) {
        manifests.add(entry);
      } else if (isName(entry.name())) {
        nested.add(entry);
      }
    });
    int before = all.size();
    for (Zip.Entry pom : poms) {
      part(path, () -> pom(path, text(zip, pom)));
    }
    if (all.size() == before && !manifests.isEmpty()) {
      part(path, () -> manifest(path, text(zip, manifests.getFirst())));
    }
    for (Zip.Entry inner : nested) {
      String place = path + "!/" + inner.name();
      part(
          place,
          () -> {
            if (depth + 1 >= DEEPEST) {
              throw new Senseless("more than " + DEEPEST + " archives in each other");
            }
            Bytes bytes = zip.read(inner, (int) Math.min(memory, unpackedLeft));
            unpackedLeft -= bytes.size();
            boolean stored = inner.method() == Zip.STORED;
            read(place, bytes, depth + 1, stored ? memory : memory - (int) bytes.size());
          });
    }
  }

  private interface Part {
    void read() throws IOException;
  }

  /// What one part has that cannot be read takes nothing away from the others.
  private void part(String path, Part part) throws IOException {
    if (all.size() >= MOST_PACKAGES || unpackedLeft <= 0) {
      skip.accept("too much in it: " + path + " and what follows was not read");
      throw new Senseless("more than is read of one archive");
    }
    try {
      part.read();
    } catch (Senseless e) {
      skip.accept(path + ": " + e.getMessage());
    }
  }

  private byte[] text(Zip zip, Zip.Entry entry) throws IOException {
    Bytes bytes = zip.read(entry, LARGEST_TEXT);
    byte[] text = bytes.bytes(0, Math.min(bytes.size(), LARGEST_TEXT));
    unpackedLeft -= text.length;
    return text;
  }

  private void pom(String path, byte[] text) throws IOException {
    Properties properties = new Properties();
    try {
      properties.load(
          new InputStreamReader(new ByteArrayInputStream(text), StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      throw new Senseless("a pom.properties has an escape that is none");
    }
    String group = properties.getProperty("groupId", "").strip();
    String artifact = properties.getProperty("artifactId", "").strip();
    String version = properties.getProperty("version", "").strip();
    if (!group.isEmpty() && !artifact.isEmpty() && !version.isEmpty()) {
      all.add(Installed.at(path, Manager.MAVEN, group + ":" + artifact, version, ""));
    }
  }

  private void manifest(String path, byte[] text) {
    Attributes main;
    try {
      main = new Manifest(new ByteArrayInputStream(text)).getMainAttributes();
    } catch (IOException | IllegalArgumentException e) {
      throw new Senseless("its manifest makes no sense");
    }
    Matcher file = VERSIONED.matcher(path.substring(path.lastIndexOf('/') + 1));
    boolean named = file.matches();
    String bundle = value(main, "Bundle-SymbolicName").split(";", 2)[0].strip();
    String version =
        first(
            named ? file.group(2) : "",
            value(main, "Implementation-Version"),
            value(main, "Bundle-Version"));
    String artifact =
        first(named ? file.group(1) : "", bundle, value(main, "Implementation-Title"));
    if (artifact.isEmpty() || version.isEmpty()) {
      return;
    }
    all.add(
        Installed.at(
            path,
            Manager.MAVEN,
            group(main, bundle, artifact).map(g -> g + ":" + artifact).orElse(artifact),
            version,
            value(main, "Bundle-License")));
  }

  /// A symbolic name is a guess at the group: `org.apache.commons.lang3` of `commons-lang3` is one,
  /// and the whole of it is the group of what is called by its last part.
  private static Optional<String> group(Attributes main, String bundle, String artifact) {
    String vendor = value(main, "Implementation-Vendor-Id");
    if (!vendor.isEmpty()) {
      return Optional.of(vendor);
    }
    int dot = bundle.lastIndexOf('.');
    if (dot <= 0) {
      return Optional.empty();
    }
    boolean last =
        artifact
            .toLowerCase(Locale.ROOT)
            .endsWith(bundle.substring(dot + 1).toLowerCase(Locale.ROOT));
    return Optional.of(last ? bundle.substring(0, dot) : bundle);
  }

  private static String value(Attributes main, String name) {
    String value = main.getValue(name);
    return value == null ? "" : value.strip();
  }

  private static String first(String... values) {
    for (String value : values) {
      if (!value.isEmpty()) {
        return value;
      }
    }
    return "";
  }
}
