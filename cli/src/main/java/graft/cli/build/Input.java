package graft.cli.build;

import graft.build.dockerfile.Ignore;
import graft.cli.verb.Line;
import graft.layer.Compression;
import graft.layer.TarWriter;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Where the files of a build are, told apart as docker does: a directory, a URL, or standard
/// input, on which comes a tar or a Dockerfile.
///
/// @param remote URL of the context; empty for one that is sent
/// @param dockerfile its path in the context, or what it is called
/// @param shown what the user knows the Dockerfile by
/// @param own whether the Dockerfile is sent beside the context
/// @param named other contexts
record Input(Main main, String remote, String dockerfile, String shown, boolean own, Named named) {
  private static final int BLOCK = 512;
  private static final String CONTEXT = "context";
  private static final String REMOTE = "(https?|git|ssh)://.*|github\\.com/.*|git@.*";

  /// What is sent, besides named contexts. A method and no switch for the reason that `Export`
  /// gives.
  sealed interface Main {
    void write(Input input, Context context) throws IOException;

    /// @param dockerfile empty if it is in the directory
    record Directory(Path path, Optional<Definition> dockerfile) implements Main {
      @Override
      public void write(Input input, Context context) throws IOException {
        if (input.asked().contains(CONTEXT)) {
          for (String one : input.kept(dockerfile)) {
            context.file(CONTEXT + "/" + one, path.resolve(one));
          }
        } else {
          context.directory(CONTEXT, path, input.ignore(path, dockerfile), input.kept(dockerfile));
        }
        if (dockerfile.isPresent()) {
          input.write(context, dockerfile.get());
        }
      }
    }

    record Archive(InputStream tar) implements Main {
      @Override
      public void write(Input input, Context context) throws IOException {
        context.archive(CONTEXT, tar);
      }
    }

    /// A Dockerfile without files, or with those at a URL.
    record Alone(Definition dockerfile) implements Main {
      @Override
      public void write(Input input, Context context) throws IOException {
        context.empty(CONTEXT);
        input.write(context, dockerfile);
      }
    }

    /// All is at a URL, and the engine fetches it.
    record Nothing() implements Main {
      @Override
      public void write(Input input, Context context) {}
    }
  }

  /// Contexts that have names.
  ///
  /// @param directories those that are sent, by what they are called there
  /// @param sources for the engine
  record Named(Map<String, Path> directories, Map<String, String> sources) {}

  /// A Dockerfile that is not in the context.
  ///
  /// @param ignore the `.dockerignore` beside it, if it has one of its own
  record Definition(byte[] text, Optional<byte[]> ignore) {}

  static Input of(Line line, InputStream stdin) throws IOException {
    String given = line.argument(0);
    String file = line.text("--file");
    Named named = named(line);
    if (given.equals("-")) {
      BufferedInputStream in = new BufferedInputStream(stdin, 64 << 10);
      if (file.equals("-")) {
        throw line.refuse("standard input can be the context or the Dockerfile, not both");
      }
      if (isArchive(in)) {
        String path = or(file, "Dockerfile");
        return new Input(new Main.Archive(in), "", path, path, false, named);
      }
      if (!file.isEmpty()) {
        throw line.refuse("standard input is a Dockerfile, and --file names another");
      }
      return alone("", in, named);
    }
    Path directory = Path.of(given);
    if (!Files.isDirectory(directory)) {
      if (!given.matches(REMOTE)) {
        throw line.refuse("there is no directory " + given);
      }
      String path = or(file, "Dockerfile");
      return file.equals("-")
          ? alone(given, stdin, named)
          : new Input(new Main.Nothing(), given, path, path, false, named);
    }
    return local(directory, file, stdin, named);
  }

  private static String or(String text, String otherwise) {
    return text.isEmpty() ? otherwise : text;
  }

  private static Input alone(String remote, InputStream in, Named named) throws IOException {
    Definition text = new Definition(in.readAllBytes(), Optional.empty());
    return new Input(new Main.Alone(text), remote, "Dockerfile", "Dockerfile", true, named);
  }

  private static Input local(Path directory, String file, InputStream stdin, Named contexts)
      throws IOException {
    if (file.equals("-")) {
      Definition text = new Definition(stdin.readAllBytes(), Optional.empty());
      return new Input(
          new Main.Directory(directory, Optional.of(text)),
          "",
          "Dockerfile",
          "Dockerfile",
          true,
          contexts);
    }
    Path place = file.isEmpty() ? directory.resolve("Dockerfile") : Path.of(file);
    if (file.isEmpty() && !Files.exists(place) && Files.exists(directory.resolve("dockerfile"))) {
      place = directory.resolve("dockerfile");
    }
    if (!Files.exists(place)) {
      throw new NoSuchFileException(place.toString());
    }
    Path base = directory.toRealPath();
    // A link in the context is sent as one, and means something there only if it stays in it.
    Path named = place.toAbsolutePath().normalize();
    Path root = directory.toAbsolutePath().normalize();
    if (place.toRealPath().startsWith(base) && named.startsWith(root)) {
      return new Input(
          new Main.Directory(directory, Optional.empty()),
          "",
          root.relativize(named).toString(),
          place.normalize().toString(),
          false,
          contexts);
    }
    Path ignore = place.resolveSibling(place.getFileName() + ".dockerignore");
    Definition text =
        new Definition(
            Files.readAllBytes(place),
            Files.isRegularFile(ignore)
                ? Optional.of(Files.readAllBytes(ignore))
                : Optional.empty());
    return new Input(
        new Main.Directory(directory, Optional.of(text)),
        "",
        String.valueOf(place.getFileName()),
        place.normalize().toString(),
        true,
        contexts);
  }

  private static Named named(Line line) {
    Map<String, Path> directories = new LinkedHashMap<>();
    Map<String, String> contexts = new LinkedHashMap<>();
    for (String text : line.list("--build-context")) {
      String[] pair = Keys.pair(text);
      String name = pair[0];
      if (name.isEmpty() || pair[1].isEmpty()) {
        throw line.refuse("--build-context is NAME=SOURCE, not " + text);
      }
      boolean local = !pair[1].matches("docker-image://.*|" + REMOTE);
      if (local) {
        Path directory = Path.of(pair[1]);
        if (!Files.isDirectory(directory)) {
          throw line.refuse("--build-context " + text + ": there is no directory " + directory);
        }
        // Sent under a number: the name may be any, also one with slashes.
        directories.put("context-" + directories.size(), directory);
        contexts.put(name, "local:context-" + (directories.size() - 1));
      } else {
        contexts.put(name, pair[1]);
      }
    }
    return new Named(directories, contexts);
  }

  /// Packed, or a header of a tar: its checksum is right.
  private static boolean isArchive(BufferedInputStream in) throws IOException {
    if (Compression.detect(in) != Compression.NONE) {
      return true;
    }
    in.mark(BLOCK);
    byte[] block = in.readNBytes(BLOCK);
    in.reset();
    if (block.length < BLOCK) {
      return false;
    }
    int sum = 0;
    for (int i = 0; i < BLOCK; i++) {
      sum += i >= 148 && i < 156 ? ' ' : block[i] & 0xff;
    }
    String octal =
        new String(block, 148, 8, StandardCharsets.ISO_8859_1).replace('\0', ' ').strip();
    return octal.matches("[0-7]{1,7}") && Integer.parseInt(octal, 8) == sum;
  }

  /// Directories of which the engine is sent only what it needs to know what it needs; it asks for
  /// the rest, if it wants it.
  List<String> asked() {
    List<String> all = new ArrayList<>(named.directories().keySet());
    if (main instanceof Main.Directory(Path path, Optional<Definition> definition)
        && (definition.isPresent() || isPlain(path, dockerfile))) {
      all.add(CONTEXT);
    }
    return all;
  }

  /// What a link leads to may be anywhere in the context.
  private static boolean isPlain(Path directory, String file) {
    try {
      return directory.resolve(file).toRealPath().equals(directory.toRealPath().resolve(file));
    } catch (IOException e) {
      return false;
    }
  }

  /// Sends what is not asked for: a tar in which each context is below its name.
  void write(OutputStream out) throws IOException {
    try (TarWriter tar = new TarWriter(out)) {
      Context context = new Context(tar);
      main.write(this, context);
    }
  }

  /// Sends one of those that are asked for, all of it.
  void write(String directory, OutputStream out) throws IOException {
    try (TarWriter tar = new TarWriter(out)) {
      Context context = new Context(tar);
      Path other = named.directories().get(directory);
      if (other != null) {
        context.directory(directory, other, Ignore.NOTHING, List.of());
      } else if (main instanceof Main.Directory(Path path, Optional<Definition> definition)
          && directory.equals(CONTEXT)) {
        context.directory(CONTEXT, path, ignore(path, definition), kept(definition));
      } else {
        throw new IOException("the engine asked for a directory that is none: " + directory);
      }
    }
  }

  private void write(Context context, Definition definition) throws IOException {
    context.empty("dockerfile");
    context.bytes("dockerfile/" + dockerfile, definition.text());
    if (definition.ignore().isPresent()) {
      context.bytes("dockerfile/" + dockerfile + ".dockerignore", definition.ignore().get());
    }
  }

  /// What the engine needs although it may be ignored.
  private List<String> kept(Optional<Definition> definition) {
    List<String> kept = new ArrayList<>(List.of(".dockerignore"));
    if (definition.isEmpty()) {
      kept.add(dockerfile);
      kept.add(dockerfile + ".dockerignore");
    }
    return kept;
  }

  private Ignore ignore(Path directory, Optional<Definition> definition) throws IOException {
    Optional<byte[]> own =
        definition.isPresent()
            ? definition.get().ignore()
            : bytes(directory.resolve(dockerfile + ".dockerignore"));
    Optional<byte[]> text = own.isPresent() ? own : bytes(directory.resolve(".dockerignore"));
    return text.map(t -> Ignore.parse(new String(t, StandardCharsets.UTF_8)))
        .orElse(Ignore.NOTHING);
  }

  private static Optional<byte[]> bytes(Path file) throws IOException {
    return Files.isRegularFile(file) ? Optional.of(Files.readAllBytes(file)) : Optional.empty();
  }
}
