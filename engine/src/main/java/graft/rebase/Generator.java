package graft.rebase;

import graft.facts.Entry;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A program that makes files of others, and how it is run. Of a command only paths depend on the
/// image, and those have a form that is known: an image cannot say what is run. They are those by
/// which Debian's packages make the files, so that the same comes of it (but for an empty line at
/// the end of gdk-pixbuf's, whose output Debian takes, and for the times in Java's).
///
/// @param name as its manual page has it
/// @param inputs what its files are made from, as a pattern of paths
/// @param ways where it may be and how it is run there; the first that is there is meant
/// @param parts of which one has to be there for the program to make this file; none if empty
record Generator(String name, Pattern inputs, List<Way> ways, List<String> parts) {
  private static final Pattern PLAIN = Pattern.compile("[\\w.+@/-]+");

  /// Debian has programs in the directories of libraries.
  private static final List<String> TRIPLETS =
      List.of(
          "x86_64-linux-gnu",
          "aarch64-linux-gnu",
          "arm-linux-gnueabihf",
          "arm-linux-gnueabi",
          "i386-linux-gnu",
          "powerpc64le-linux-gnu",
          "riscv64-linux-gnu",
          "s390x-linux-gnu");

  /// What follows an argument `{modules}`: gdk-pixbuf's modules, sorted. By itself the program
  /// takes them as the directory happens to have them, which Debian does not.
  private static final String MODULES = "{modules}";

  Generator {
    ways = List.copyOf(ways);
    parts = List.copyOf(parts);
  }

  /// In both, `{file}` is the path that is made, `{in}` the directory of that, and `{up}` the one
  /// above.
  ///
  /// @param arguments after the program
  record Way(String program, List<String> arguments) {
    Way {
      arguments = List.copyOf(arguments);
    }
  }

  /// Name of the generator, how the path of its file begins and ends, the file. The start and the
  /// end are for speed: an image has thousands of paths.
  private record Made(String start, String end, Pattern path, Generator by) {
    boolean is(String candidate) {
      return candidate.startsWith(start)
          && candidate.endsWith(end)
          && path.matcher(candidate).matches();
    }
  }

  private static final List<Made> ALL =
      List.of(
          made(
              "usr/lib",
              "gconv-modules.cache",
              "usr/lib(64)?/([^/]+/)?gconv/gconv-modules\\.cache",
              new Generator(
                  "iconvconfig",
                  Pattern.compile("usr/lib(64)?/([^/]+/)?gconv/.*"),
                  programs(List.of("-o", "/{file}", "--nostdlib", "/{in}"), "sbin/iconvconfig"),
                  List.of())),
          made(
              "usr/lib",
              "loaders.cache",
              "usr/lib/.*/gdk-pixbuf-2\\.0/.*/loaders\\.cache",
              new Generator(
                  "gdk-pixbuf-query-loaders",
                  Pattern.compile("usr/lib/.*/gdk-pixbuf-2\\.0/.*/loaders/.*"),
                  List.of(
                      new Way("{up}/gdk-pixbuf-query-loaders", List.of("--update-cache", MODULES)),
                      new Way("usr/bin/gdk-pixbuf-query-loaders", List.of("--update-cache")),
                      new Way("usr/bin/gdk-pixbuf-query-loaders-64", List.of("--update-cache"))),
                  List.of())),
          made(
              "usr/lib",
              "giomodule.cache",
              "usr/lib/.*/gio/modules/giomodule\\.cache",
              new Generator(
                  "gio-querymodules",
                  Pattern.compile("usr/lib/.*/gio/modules/.*"),
                  inLibraries("gio-querymodules"),
                  List.of())),
          made(
              "usr/share/glib-2.0/schemas/",
              "gschemas.compiled",
              ".*",
              new Generator(
                  "glib-compile-schemas",
                  Pattern.compile("usr/share/glib-2\\.0/schemas/.*"),
                  inLibraries("glib-compile-schemas"),
                  List.of())),
          made(
              "usr/share/mime/",
              "",
              "usr/share/mime/(?!packages/).*",
              new Generator(
                  "update-mime-database",
                  Pattern.compile("usr/share/mime/packages/.*"),
                  programs(List.of("/usr/share/mime"), "bin/update-mime-database"),
                  List.of())),
          made(
              "usr/share/icons/",
              "icon-theme.cache",
              "usr/share/icons/[^/]+/icon-theme\\.cache",
              new Generator(
                  "gtk-update-icon-cache",
                  Pattern.compile("usr/share/icons/.*"),
                  programs(
                      List.of("--force", "--quiet", "/{in}"),
                      "bin/gtk-update-icon-cache",
                      "bin/gtk4-update-icon-cache"),
                  List.of())),
          made(
              "usr/share/applications/",
              "mimeinfo.cache",
              ".*",
              new Generator(
                  "update-desktop-database",
                  Pattern.compile("usr/share/applications/.*"),
                  programs(List.of("/usr/share/applications"), "bin/update-desktop-database"),
                  List.of())),
          made(
              "usr/share/info/dir",
              "dir",
              ".*",
              new Generator(
                  "install-info",
                  Pattern.compile("usr/share/info/.*"),
                  programs(List.of(), "sbin/update-info-dir"),
                  List.of())),
          made(
              "usr/lib/locale/",
              "locale-archive",
              ".*",
              new Generator(
                  "locale-gen",
                  Pattern.compile("usr/share/i18n/.*|etc/locale\\.gen"),
                  programs(List.of(), "sbin/locale-gen"),
                  List.of())),
          made(
              "etc/ssl/certs/java/",
              "cacerts",
              ".*",
              new Generator(
                  "ca-certificates-java",
                  Pattern.compile(
                      "usr/(local/)?share/ca-certificates/.*|etc/ca-certificates\\.conf"),
                  programs(List.of("--fresh"), "sbin/update-ca-certificates"),
                  List.of(
                      "etc/ca-certificates/update.d/jks-keystore",
                      "etc/ca-certificates/update.d/java-cacerts"))),
          // Names of libraries are looked at on their own: see Linking. Links to them are not made:
          // packages have them.
          made(
              "etc/ld.so.",
              "cache",
              "etc/ld\\.so\\.cache",
              new Generator(
                  "ldconfig",
                  Pattern.compile("etc/ld\\.so\\.conf(\\.d/.*)?"),
                  programs(List.of("-X"), "sbin/ldconfig"),
                  List.of())));

  private static Made made(String start, String end, String path, Generator by) {
    return new Made(start, end, Pattern.compile(path), by);
  }

  /// With and without `/usr`.
  private static List<Way> programs(List<String> arguments, String... paths) {
    return Stream.of(paths)
        .flatMap(p -> Stream.of("usr/" + p, p))
        .map(p -> new Way(p, arguments))
        .toList();
  }

  private static List<Way> inLibraries(String name) {
    return Stream.concat(
            TRIPLETS.stream().map(t -> "usr/lib/" + t + "/glib-2.0/" + name),
            Stream.of("usr/bin/" + name, "usr/bin/" + name + "-64"))
        .map(p -> new Way(p, List.of("/{in}")))
        .toList();
  }

  /// What makes a path from others, if something does.
  static Optional<Generator> of(String path) {
    for (Made made : ALL) {
      if (made.is(path)) {
        return Optional.of(made.by());
      }
    }
    return Optional.empty();
  }

  /// Whether it writes this path, too, when it makes its file: the bundle and the links beside
  /// Java's keys.
  boolean alsoMakes(String path) {
    return name.equals("ca-certificates-java") && path.startsWith("etc/ssl/certs/");
  }

  /// How a file is made.
  ///
  /// @param in the image on the new base
  /// @return empty if it cannot be made there
  Optional<List<String>> command(String file, View in) {
    if (!PLAIN.matcher(file).matches()
        || !parts.isEmpty() && parts.stream().noneMatch(p -> found(in, p).isPresent())) {
      return Optional.empty();
    }
    return ways.stream()
        .filter(w -> runs(in, filled(w.program(), file)))
        .findFirst()
        .map(w ->
            Stream.concat(
                    Stream.of("/" + filled(w.program(), file)),
                    w.arguments().stream()
                        .flatMap(a ->
                            a.equals(MODULES) ? modules(file, in) : Stream.of(filled(a, file))))
                .toList())
        // A name that is no plain one would have to be left out: then it is not what it should be.
        .filter(command -> command.stream().allMatch(w -> PLAIN.matcher(w).matches()));
  }

  private static Stream<String> modules(String file, View in) {
    return SearchPath.children(in, up(file) + "/loaders").stream()
        .filter(p -> p.endsWith(".so"))
        .map(p -> "/" + p);
  }

  private static Optional<Entry> found(View in, String path) {
    return in.resolve(path).flatMap(in::find);
  }

  private static boolean runs(View in, String path) {
    return found(in, path)
        .filter(e -> e instanceof Entry.File f && (f.mode() & 0111) != 0)
        .isPresent();
  }

  private static String filled(String text, String file) {
    String in = up(file);
    return text.replace("{file}", file).replace("{in}", in).replace("{up}", up(in));
  }

  private static String up(String path) {
    return path.substring(0, Math.max(0, path.lastIndexOf('/')));
  }
}
