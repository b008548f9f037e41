package graft.log;

import graft.error.GraftException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// What a log driver may tell of the container it works for.
///
/// @param options of the driver, as they were given
/// @param env `KEY=value`
/// @param args the program and its arguments
public record LogInfo(
    String id,
    String name,
    String imageId,
    String imageName,
    List<String> args,
    String host,
    Map<String, String> options,
    Map<String, String> labels,
    List<String> env) {
  private static final Pattern ACTION = Pattern.compile("\\{\\{(.*?)}}");
  private static final int SHORT = 12;

  public String shortId() {
    return id.substring(0, Math.min(SHORT, id.length()));
  }

  /// The tag by its template, of which fields of Docker's are known: `{{.Name}}/{{.ID}}`.
  ///
  /// @param otherwise the template where none is given
  public String tag(String otherwise) {
    String template = options.getOrDefault("tag", "");
    Matcher m = ACTION.matcher(template.isEmpty() ? otherwise : template);
    StringBuilder tag = new StringBuilder();
    while (m.find()) {
      m.appendReplacement(tag, Matcher.quoteReplacement(field(m.group(1).strip(), m.start() + 2)));
    }
    return m.appendTail(tag).toString();
  }

  private String field(String name, int at) {
    return switch (name) {
      case ".ID" -> shortId();
      case ".FullID" -> id;
      case ".Name" -> this.name;
      case ".ImageID" -> bare(imageId).substring(0, Math.min(SHORT, bare(imageId).length()));
      case ".ImageFullID" -> imageId;
      case ".ImageName" -> imageName;
      case ".Command" -> String.join(" ", args);
      case ".Hostname" -> host;
      case ".DaemonName" -> "docker";
      default ->
          throw GraftException.invalid(
              "failed to initialize logging driver: template: log-tag:1:"
                  + at
                  + ": executing \"log-tag\" at <"
                  + name
                  + ">: can't evaluate field "
                  + name.replaceFirst("^\\.", "")
                  + " in type *logger.Info; known are ID, FullID, Name, ImageID, ImageFullID,"
                  + " ImageName, Command, Hostname, DaemonName");
    };
  }

  private static String bare(String digest) {
    return digest.substring(digest.indexOf(':') + 1);
  }

  /// Labels and variables that the options `labels`, `labels-regex`, `env` and `env-regex` choose.
  public SortedMap<String, String> attributes() {
    SortedMap<String, String> chosen = new TreeMap<>();
    labels.forEach((key, value) -> {
      if (chosen(key, "labels")) {
        chosen.put(key, value);
      }
    });
    for (String variable : env) {
      int equals = variable.indexOf('=');
      if (equals > 0 && chosen(variable.substring(0, equals), "env")) {
        chosen.put(variable.substring(0, equals), variable.substring(equals + 1));
      }
    }
    return chosen;
  }

  private boolean chosen(String key, String option) {
    String pattern = options.getOrDefault(option + "-regex", "");
    return Set.of(options.getOrDefault(option, "").split(",")).contains(key)
        || (!pattern.isEmpty() && expression(pattern).matcher(key).find());
  }

  private static Pattern expression(String pattern) {
    try {
      return Pattern.compile(pattern);
    } catch (PatternSyntaxException e) {
      throw GraftException.invalid(
          "failed to initialize logging driver: error parsing regexp: "
              + e.getDescription()
              + ": `"
              + pattern
              + "`");
    }
  }

  /// INVALID if a template or an expression among the options is not one.
  public void check() {
    tag("{{.ID}}");
    for (String option : List.of("labels-regex", "env-regex")) {
      expression(options.getOrDefault(option, ""));
    }
  }
}
