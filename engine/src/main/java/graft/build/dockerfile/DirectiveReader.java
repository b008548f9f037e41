package graft.build.dockerfile;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import graft.build.dockerfile.Directives.Check;
import graft.build.dockerfile.Directives.Syntax;
import graft.oci.Json;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;

/// Reads what the first lines say of syntax and lint. They may say it in a comment of another
/// language, because a file of another syntax may be in one: `// syntax=`, `{"syntax": …}`.
final class DirectiveReader {
  /// Directives stand in the first lines; nobody has more.
  private static final int MOST = 64 << 10;

  private DirectiveReader() {}

  private record Directive(String value, int line) {}

  /// @return `escape` is always `\`: the lexer reads it
  static Directives read(String file, byte[] data) {
    String text =
        StandardCharsets.UTF_8
            .decode(ByteBuffer.wrap(data, 0, Math.min(data.length, MOST)))
            .toString();
    if (text.startsWith("\ufeff")) {
      text = text.substring(1);
    }
    boolean shebang = text.startsWith("#!");
    List<String> lines = new ArrayList<>(text.lines().toList());
    if (shebang) {
      lines.removeFirst();
    }
    int first = shebang ? 2 : 1;
    Map<String, Directive> found = directives(lines, "#", first);
    Directive check = found.get("check");
    Check options;
    try {
      options = check == null ? Check.DEFAULT : check(check.value().split(" ", 2)[0]);
    } catch (DockerfileException e) {
      throw new DockerfileException(
          "failed to parse check options: " + e.getMessage(),
          new Location(file, data, List.of(new Lines(check.line(), check.line()))));
    }
    Directive syntax = found.get("syntax");
    if (syntax == null) {
      syntax = directives(lines, "//", first).get("syntax");
    }
    if (syntax == null) {
      syntax = json(text.substring(shebang ? Math.max(text.indexOf('\n'), 0) : 0), first);
    }
    return new Directives('\\', Optional.ofNullable(syntax).map(DirectiveReader::syntax), options);
  }

  private static Map<String, Directive> directives(List<String> lines, String comment, int first) {
    Map<String, Directive> found = new HashMap<>();
    for (int i = 0; i < lines.size(); i++) {
      Optional<Matcher> m = Lexer.directive(lines.get(i), comment);
      if (m.isEmpty()) {
        break;
      }
      found.putIfAbsent(
          m.get().group(1).toLowerCase(Locale.ROOT), new Directive(m.get().group(2), first + i));
    }
    return found;
  }

  private static @Nullable Directive json(String text, int line) {
    if (!GoText.trimLeft(text).startsWith("{")) {
      return null;
    }
    try {
      JsonNode syntax = Json.MAPPER.readTree(text).get("syntax");
      return syntax != null && syntax.isTextual() ? new Directive(syntax.textValue(), line) : null;
    } catch (JsonProcessingException e) {
      return null;
    }
  }

  private static Syntax syntax(Directive d) {
    String[] parts = d.value().split(" ", 2);
    return new Syntax(parts[0], parts.length == 2 ? parts[1] : "", new Lines(d.line(), d.line()));
  }

  /// @throws DockerfileException an option is not known
  static Check check(String options) {
    Set<String> skip = new HashSet<>();
    Set<String> experimental = new HashSet<>();
    boolean error = false;
    if (!GoText.trim(options).isEmpty()) {
      for (String option : GoText.trim(options).split(";", 3)) {
        int equals = option.indexOf('=');
        if (equals < 0) {
          throw new DockerfileException("invalid check option " + GoText.quote(option));
        }
        String value = GoText.trim(option.substring(equals + 1));
        switch (GoText.trim(option.substring(0, equals))) {
          case "skip" -> skip = names(value);
          case "experimental" -> experimental = names(value);
          case "error" ->
              error =
                  GoText.bool(value)
                      .orElseThrow(() ->
                          new DockerfileException(
                              "failed to parse check option "
                                  + GoText.quote(option)
                                  + ": strconv.ParseBool: parsing "
                                  + GoText.quote(value)
                                  + ": invalid syntax"));
          default ->
              throw new DockerfileException(
                  "invalid check option " + GoText.quote(GoText.trim(option.substring(0, equals))));
        }
      }
    }
    return new Check(skip, skip.contains("all"), error, experimental, experimental.contains("all"));
  }

  private static Set<String> names(String value) {
    Set<String> names = new HashSet<>();
    for (String name : value.split(",", -1)) {
      names.add(GoText.trim(name));
    }
    return names;
  }
}
