package graft.cli.build;

import graft.cli.verb.Line;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The values of `--secret`, read when the engine needs them.
final class Secrets {
  private static final List<String> KEYS = List.of("id", "src", "source", "env", "type");

  /// As BuildKit has it.
  private static final long LARGEST = 500 * 1024;

  private sealed interface Source {
    record File(Path file) implements Source {}

    record Variable(String name) implements Source {}
  }

  private final Map<String, Source> sources = new LinkedHashMap<>();
  private final Map<String, String> environment;

  Secrets(Line line, Map<String, String> environment) throws IOException {
    this.environment = environment;
    for (String text : line.list("--secret")) {
      add(line, text);
    }
  }

  private void add(Line line, String text) throws IOException {
    Map<String, String> values = Keys.of(line, "--secret", text, KEYS);
    String id = values.getOrDefault("id", "");
    String file = values.getOrDefault("src", values.getOrDefault("source", ""));
    String variable = values.getOrDefault("env", "");
    String type = values.getOrDefault("type", "");
    if (id.isEmpty()) {
      throw line.refuse("a secret needs an id: --secret id=ID,src=FILE");
    }
    if (!List.of("", "file", "env").contains(type)) {
      throw line.refuse("--secret has no type '" + type + "'; there are file and env");
    }
    if (!file.isEmpty() && !variable.isEmpty()) {
      throw line.refuse("the secret " + id + " cannot be both a file and a variable");
    }
    if (type.equals("env") && variable.isEmpty()) {
      // So docker reads it: type=env,src=NAME.
      variable = file.isEmpty() ? id : file;
      file = "";
    }
    if (file.isEmpty() && variable.isEmpty() && type.isEmpty() && environment.containsKey(id)) {
      variable = id;
    }
    Source source =
        variable.isEmpty()
            ? new Source.File(Path.of(file.isEmpty() ? id : file))
            : new Source.Variable(variable);
    if (source instanceof Source.File(Path path)) {
      check(id, path);
    }
    sources.put(id, source);
  }

  /// A mistake is to be told before the build has begun.
  private static void check(String id, Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString());
    }
    if (!Files.isRegularFile(file)) {
      throw new IOException("the secret " + id + " is to be a file, and " + file + " is none");
    }
    if (Files.size(file) > LARGEST) {
      throw new IOException("the secret " + id + " is larger than 500 KiB: " + file);
    }
  }

  Set<String> ids() {
    return sources.keySet();
  }

  /// Empty if there is none, or its variable is not set.
  Optional<byte[]> value(String id) throws IOException {
    @Nullable Source source = sources.get(id);
    return switch (source) {
      case null -> Optional.empty();
      case Source.File(Path file) -> Optional.of(Files.readAllBytes(file));
      case Source.Variable(String name) ->
          Optional.ofNullable(environment.get(name)).map(v -> v.getBytes(StandardCharsets.UTF_8));
    };
  }
}
