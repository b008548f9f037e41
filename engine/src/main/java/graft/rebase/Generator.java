package graft.rebase;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// A program that makes files of others, and how it is run. Of a command only paths depend on the
/// image, and those have a form that is known: an image cannot say what is run.
///
/// @param name as its manual page has it
/// @param inputs what its files are made from, as a pattern of paths
/// @param programs where it may be; the first that is there is meant. In these and in what follows,
///   `{file}` is the path that it makes, `{in}` the directory of that, and `{up}` the one above
/// @param arguments after the program
/// @param parts of which one has to be there for the program to make this file; none if empty
record Generator(
    String name,
    Pattern inputs,
    List<String> programs,
    List<String> arguments,
    List<String> parts) {
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

  Generator {
    programs = List.copyOf(programs);
    arguments = List.copyOf(arguments);
    parts = List.copyOf(parts);
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
                  programs("sbin/iconvconfig"),
                  List.of("-o", "/{file}", "--nostdlib", "/{in}"),
                  List.of())),
          made(
              "usr/lib",
              "loaders.cache",
              "usr/lib/.*/gdk-pixbuf-2\\.0/.*/loaders\\.cache",
              new Generator(
                  "gdk-pixbuf-query-loaders",
                  Pattern.compile("usr/lib/.*/gdk-pixbuf-2\\.0/.*/loaders/.*"),
                  List.of(
                      "{up}/gdk-pixbuf-query-loaders",
                      "usr/bin/gdk-pixbuf-query-loaders",
                      "usr/bin/gdk-pixbuf-query-loaders-64"),
                  List.of("--update-cache"),
                  List.of())),
          made(
              "usr/lib",
              "giomodule.cache",
              "usr/lib/.*/gio/modules/giomodule\\.cache",
              new Generator(
                  "gio-querymodules",
                  Pattern.compile("usr/lib/.*/gio/modules/.*"),
                  inLibraries("gio-querymodules"),
                  List.of("/{in}"),
                  List.of())),
          made(
              "usr/share/glib-2.0/schemas/",
              "gschemas.compiled",
              ".*",
              new Generator(
                  "glib-compile-schemas",
                  Pattern.compile("usr/share/glib-2\\.0/schemas/.*"),
                  inLibraries("glib-compile-schemas"),
                  List.of("/{in}"),
                  List.of())),
          made(
              "usr/share/mime/",
              "",
              "usr/share/mime/(?!packages/).*",
              new Generator(
                  "update-mime-database",
                  Pattern.compile("usr/share/mime/packages/.*"),
                  programs("bin/update-mime-database"),
                  List.of("/usr/share/mime"),
                  List.of())),
          made(
              "usr/share/icons/",
              "icon-theme.cache",
              "usr/share/icons/[^/]+/icon-theme\\.cache",
              new Generator(
                  "gtk-update-icon-cache",
                  Pattern.compile("usr/share/icons/.*"),
                  programs("bin/gtk-update-icon-cache", "bin/gtk4-update-icon-cache"),
                  List.of("--force", "--quiet", "/{in}"),
                  List.of())),
          made(
              "usr/share/applications/",
              "mimeinfo.cache",
              ".*",
              new Generator(
                  "update-desktop-database",
                  Pattern.compile("usr/share/applications/.*"),
                  programs("bin/update-desktop-database"),
                  List.of("/usr/share/applications"),
                  List.of())),
          made(
              "usr/share/info/dir",
              "dir",
              ".*",
              new Generator(
                  "install-info",
                  Pattern.compile("usr/share/info/.*"),
                  programs("sbin/update-info-dir"),
                  List.of(),
                  List.of())),
          made(
              "usr/lib/locale/",
              "locale-archive",
              ".*",
              new Generator(
                  "locale-gen",
                  Pattern.compile("usr/share/i18n/.*|etc/locale\\.gen"),
                  programs("sbin/locale-gen"),
                  List.of(),
                  List.of())),
          made(
              "etc/ssl/certs/java/",
              "cacerts",
              ".*",
              new Generator(
                  "ca-certificates-java",
                  Pattern.compile(
                      "usr/(local/)?share/ca-certificates/.*|etc/ca-certificates\\.conf"),
                  programs("sbin/update-ca-certificates"),
                  List.of("--fresh"),
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
                  programs("sbin/ldconfig"),
                  List.of("-X"),
                  List.of())));

  private static Made made(String start, String end, String path, Generator by) {
    return new Made(start, end, Pattern.compile(path), by);
  }

  /// With and without `/usr`.
  private static List<String> programs(String... paths) {
    return Stream.of(paths).flatMap(p -> Stream.of("usr/" + p, p)).toList();
  }

  private static List<String> inLibraries(String name) {
    return Stream.concat(
            TRIPLETS.stream().map(t -> "usr/lib/" + t + "/glib-2.0/" + name),
            Stream.of("usr/bin/" + name, "usr/bin/" + name + "-64"))
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
  /// @param runs whether a path is a program
  /// @param there whether a path is there
  /// @return empty if it cannot be made there
  Optional<List<String>> command(String file, Predicate<String> runs, Predicate<String> there) {
    if (!PLAIN.matcher(file).matches() || !parts.isEmpty() && parts.stream().noneMatch(there)) {
      return Optional.empty();
    }
    return programs.stream()
        .map(p -> filled(p, file))
        .filter(runs)
        .findFirst()
        .map(program ->
            Stream.concat(Stream.of("/" + program), arguments.stream().map(a -> filled(a, file)))
                .toList());
  }

  private static String filled(String text, String file) {
    String in = up(file);
    return text.replace("{file}", file).replace("{in}", in).replace("{up}", up(in));
  }

  private static String up(String path) {
    return path.substring(0, Math.max(0, path.lastIndexOf('/')));
  }
}
