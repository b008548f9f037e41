package graft.build.dockerfile;

import graft.build.dockerfile.Instruction.Argument;
import graft.build.dockerfile.Instruction.Device;
import graft.build.dockerfile.Instruction.InlineFile;
import graft.build.dockerfile.Instruction.Network;
import graft.build.dockerfile.Instruction.Security;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/// Statements → instructions, each with its own rules.
final class Parser {
  private static final Pattern STAGE_NAME = Pattern.compile("[a-z][a-z0-9-_.]*");
  private static final Pattern ONBUILD = Pattern.compile("(?i)^\\s*ONBUILD\\s*");
  private static final List<String> KEYWORDS =
      List.of(
          "add",
          "arg",
          "cmd",
          "copy",
          "entrypoint",
          "env",
          "expose",
          "from",
          "healthcheck",
          "label",
          "maintainer",
          "onbuild",
          "run",
          "shell",
          "stopsignal",
          "user",
          "volume",
          "workdir");

  private final Statement statement;
  private final List<String> words;
  private final Origin origin;

  private Parser(Statement statement) {
    this.statement = statement;
    this.words = statement.words();
    this.origin = statement.origin();
  }

  /// @throws DockerfileException without location
  static Instruction parse(Statement statement) {
    return new Parser(statement).parse();
  }

  private Instruction parse() {
    String keyword = statement.keyword().toLowerCase(Locale.ROOT);
    return switch (keyword) {
      case "from" -> from();
      case "run" -> run();
      case "copy" -> copy();
      case "add" -> add();
      case "env" -> new Instruction.Env(origin, pairs("ENV"));
      case "label" -> new Instruction.Label(origin, pairs("LABEL"));
      case "arg" -> arg();
      case "cmd" -> new Instruction.Cmd(origin, command());
      case "entrypoint" -> new Instruction.Entrypoint(origin, command());
      case "shell" -> shell();
      case "healthcheck" -> healthcheck();
      case "expose" ->
          new Instruction.Expose(origin, atLeastOne("EXPOSE").stream().sorted().toList());
      case "volume" -> volume();
      case "user" -> new Instruction.User(origin, one("USER", true));
      case "workdir" -> new Instruction.Workdir(origin, one("WORKDIR", true));
      case "stopsignal" -> new Instruction.StopSignal(origin, one("STOPSIGNAL", false));
      case "maintainer" -> new Instruction.Maintainer(origin, one("MAINTAINER", true));
      case "onbuild" -> onBuild();
      default ->
          throw new DockerfileException(
              Suggestion.appendIgnoringCase(
                  "unknown instruction: " + statement.keyword(), statement.keyword(), KEYWORDS));
    };
  }

  private Flags flags(Flags known) {
    return known.parse(statement.flags());
  }

  private void noFlags() {
    flags(new Flags());
  }

  private String one(String keyword, boolean checkFlags) {
    if (words.size() != 1) {
      throw new DockerfileException(keyword + " requires exactly one argument");
    }
    if (checkFlags) {
      noFlags();
    }
    return words.getFirst();
  }

  private List<String> atLeastOne(String keyword) {
    if (words.isEmpty()) {
      throw new DockerfileException(keyword + " requires at least one argument");
    }
    noFlags();
    return words;
  }

  private List<KeyValue> pairs(String keyword) {
    noFlags();
    if (statement.pairs().isEmpty()) {
      throw new DockerfileException(keyword + " requires at least one argument");
    }
    for (KeyValue pair : statement.pairs()) {
      if (pair.key().isEmpty()) {
        throw new DockerfileException(keyword + " names can not be blank");
      }
    }
    return statement.pairs();
  }

  private CommandLine line(List<String> of) {
    return statement.json()
        ? new CommandLine.Exec(of)
        : new CommandLine.Shell(String.join(" ", of));
  }

  private CommandLine command() {
    noFlags();
    return line(words);
  }

  private Instruction from() {
    String name = "";
    if (words.size() == 3 && words.get(1).equalsIgnoreCase("as")) {
      name = words.get(2).toLowerCase(Locale.ROOT);
      if (!STAGE_NAME.matcher(name).matches()) {
        throw new DockerfileException(
            "invalid name for build stage: "
                + GoText.quote(words.get(2))
                + ", name can't start with a number or contain symbols");
      }
    } else if (words.size() != 1) {
      throw new DockerfileException("FROM requires either one or three arguments");
    }
    Flags flags = flags(new Flags().texts("platform"));
    return new Instruction.From(
        origin,
        words.getFirst(),
        flags.text("platform"),
        name,
        words.size() == 3 ? words.get(1) : "",
        words.size() == 3 ? words.get(2) : "");
  }

  private Instruction run() {
    Flags flags = flags(new Flags().lists("mount", "device").texts("network", "security"));
    List<String> mounts = flags.list("mount");
    mounts.forEach(MountOptions::from);
    return new Instruction.Run(
        origin,
        line(words),
        statement.heredocs(),
        mounts,
        network(flags.names().contains("network") ? flags.text("network") : "default"),
        security(flags.names().contains("security") ? flags.text("security") : "sandbox"),
        flags.list("device").stream().map(Parser::device).toList(),
        flags.names());
  }

  private static Network network(String value) {
    return switch (value) {
      case "default" -> Network.DEFAULT;
      case "none" -> Network.NONE;
      case "host" -> Network.HOST;
      default -> throw new DockerfileException("invalid network mode " + GoText.quote(value));
    };
  }

  private static Security security(String value) {
    return switch (value) {
      case "sandbox" -> Security.SANDBOX;
      case "insecure" -> Security.INSECURE;
      default -> throw new DockerfileException("security " + GoText.quote(value) + " is not valid");
    };
  }

  /// `vendor.com/class=name,required` or `name=…,required=true`.
  private static Device device(String option) {
    List<String> fields;
    try {
      fields = Csv.fields(option);
    } catch (DockerfileException e) {
      throw new DockerfileException("failed to parse csv devices: " + e.getMessage());
    }
    String name = "";
    boolean required = false;
    for (String field : fields) {
      int equals = field.indexOf('=');
      String key = (equals < 0 ? field : field.substring(0, equals)).toLowerCase(Locale.ROOT);
      String value = equals < 0 ? "" : field.substring(equals + 1);
      if (key.equals("required")) {
        required =
            equals < 0
                || GoText.bool(value)
                    .orElseThrow(
                        () -> new DockerfileException("invalid value for required: " + value));
      } else if (equals >= 0 && key.equals("name")) {
        if (!name.isEmpty()) {
          throw new DockerfileException("device name already set to " + name);
        }
        name = value;
      } else if (name.isEmpty()) {
        name = field;
      } else if (equals < 0) {
        throw new DockerfileException("invalid field '" + field + "' must be a key=value pair");
      } else {
        throw new DockerfileException(
            Suggestion.append(
                "unexpected key '" + key + "' in '" + field + "'",
                key,
                List.of("name", "required")));
      }
    }
    return new Device(name, required);
  }

  /// What COPY and ADD have in common.
  private record Files(List<String> sources, List<InlineFile> inline, String destination) {}

  private void atLeastTwo(String keyword) {
    if (words.size() < 2) {
      throw new DockerfileException(
          keyword
              + " requires at least two arguments, but only one was provided."
              + " Destination could not be determined");
    }
  }

  private Files files(String keyword) {
    String destination = words.getLast();
    if (heredoc(destination).isPresent()) {
      throw new DockerfileException(keyword + " cannot accept a heredoc as a destination");
    }
    List<String> sources = new ArrayList<>();
    List<InlineFile> inline = new ArrayList<>();
    for (String word : words.subList(0, words.size() - 1)) {
      Optional<Heredoc> announced = heredoc(word);
      if (announced.isEmpty()) {
        sources.add(word);
      } else {
        String name = announced.get().name();
        String content =
            statement.heredocs().stream()
                .filter(h -> h.name().equals(name))
                .reduce((_, last) -> last)
                .map(Heredoc::text)
                .orElse("");
        Heredoc document =
            new Heredoc(name, content, announced.get().expand(), announced.get().chomp());
        inline.add(new InlineFile(name, document.content(), document.expand()));
      }
    }
    return new Files(sources, inline, destination);
  }

  private static Optional<Heredoc> heredoc(String word) {
    try {
      return Lexer.heredoc(word);
    } catch (DockerfileException e) {
      return Optional.empty();
    }
  }

  private Instruction copy() {
    atLeastTwo("COPY");
    Flags flags =
        flags(
            new Flags().texts("chown", "from", "chmod").bools("link", "parents").lists("exclude"));
    Files files = files("COPY");
    return new Instruction.Copy(
        origin,
        files.sources(),
        files.inline(),
        files.destination(),
        flags.text("from"),
        flags.text("chown"),
        flags.text("chmod"),
        flags.is("link"),
        flags.is("parents"),
        flags.list("exclude"));
  }

  private Instruction add() {
    atLeastTwo("ADD");
    Flags flags =
        flags(
            new Flags()
                .texts("chown", "chmod", "checksum")
                .bools("link", "keep-git-dir", "unpack")
                .lists("exclude"));
    Files files = files("ADD");
    return new Instruction.Add(
        origin,
        files.sources(),
        files.inline(),
        files.destination(),
        flags.text("chown"),
        flags.text("chmod"),
        flags.is("link"),
        flags.list("exclude"),
        flags.text("checksum"),
        flags.bool("keep-git-dir"),
        flags.bool("unpack"));
  }

  private Instruction arg() {
    if (words.isEmpty()) {
      throw new DockerfileException("ARG requires at least one argument");
    }
    List<Argument> arguments = new ArrayList<>();
    for (String word : words) {
      int equals = word.indexOf('=');
      if (equals == 0) {
        throw new DockerfileException("ARG names can not be blank");
      }
      String key = equals < 0 ? word : word.substring(0, equals);
      Optional<String> value =
          equals < 0 ? Optional.empty() : Optional.of(word.substring(equals + 1));
      arguments.add(new Argument(key, value, description(origin.comments(), key)));
    }
    return new Instruction.Arg(origin, arguments);
  }

  /// What a comment above says of a name: `# name is the version`.
  static String description(List<String> comments, String name) {
    if (name.isEmpty()) {
      return "";
    }
    return comments.stream()
        .filter(c -> c.startsWith(name + " "))
        .findFirst()
        .map(c -> c.substring(name.length() + 1))
        .orElse("");
  }

  private Instruction shell() {
    noFlags();
    if (words.isEmpty()) {
      throw new DockerfileException("SHELL requires at least one argument");
    }
    if (!statement.json()) {
      throw new DockerfileException("SHELL requires the arguments to be in JSON form");
    }
    return new Instruction.Shell(origin, words);
  }

  private Instruction healthcheck() {
    if (words.isEmpty()) {
      throw new DockerfileException("HEALTHCHECK requires at least one argument");
    }
    String type = words.getFirst().toUpperCase(Locale.ROOT);
    List<String> rest = words.subList(1, words.size());
    if (type.equals("NONE")) {
      if (!rest.isEmpty()) {
        throw new DockerfileException("HEALTHCHECK NONE takes no arguments");
      }
      return new Instruction.Healthcheck(
          origin, List.of("NONE"), Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ZERO, 0);
    }
    Flags flags =
        flags(
            new Flags().texts("interval", "timeout", "start-period", "start-interval", "retries"));
    if (!type.equals("CMD")) {
      throw new DockerfileException(
          "Unknown type " + GoText.quote(type) + " in HEALTHCHECK (try CMD)");
    }
    if (rest.isEmpty()) {
      throw new DockerfileException("Missing command after HEALTHCHECK CMD");
    }
    List<String> test = new ArrayList<>();
    test.add(statement.json() ? "CMD" : "CMD-SHELL");
    test.addAll(statement.json() ? rest : List.of(String.join(" ", rest)));
    return new Instruction.Healthcheck(
        origin,
        test,
        duration(flags, "interval"),
        duration(flags, "timeout"),
        duration(flags, "start-period"),
        duration(flags, "start-interval"),
        retries(flags.text("retries")));
  }

  private static Duration duration(Flags flags, String name) {
    String text = flags.text(name);
    Duration d = text.isEmpty() ? Duration.ZERO : GoText.duration(text);
    if (!d.isZero() && d.compareTo(Duration.ofMillis(1)) < 0) {
      throw new DockerfileException("Interval " + GoText.quote(name) + " cannot be less than 1ms");
    }
    return d;
  }

  private static int retries(String text) {
    if (text.isEmpty()) {
      return 0;
    }
    int retries;
    try {
      retries = Integer.parseInt(text);
    } catch (NumberFormatException e) {
      String why = text.matches("[+-]?[0-9]+") ? "value out of range" : "invalid syntax";
      throw new DockerfileException("strconv.ParseInt: parsing " + GoText.quote(text) + ": " + why);
    }
    if (retries < 0) {
      throw new DockerfileException("--retries cannot be negative (" + retries + ")");
    }
    return retries;
  }

  private Instruction volume() {
    List<String> paths = atLeastOne("VOLUME").stream().map(GoText::trim).toList();
    if (paths.contains("")) {
      throw new DockerfileException("VOLUME specified can not be an empty string");
    }
    return new Instruction.Volume(origin, paths);
  }

  private Instruction onBuild() {
    List<String> trigger = atLeastOne("ONBUILD");
    String keyword = trigger.getFirst().toUpperCase(Locale.ROOT);
    switch (keyword) {
      case "ONBUILD" ->
          throw new DockerfileException("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
      case "MAINTAINER", "FROM" ->
          throw new DockerfileException(keyword + " isn't allowed as an ONBUILD trigger");
      default -> {}
    }
    StringBuilder expression =
        new StringBuilder(ONBUILD.matcher(statement.line()).replaceFirst(""));
    for (Heredoc heredoc : statement.heredocs()) {
      expression.append('\n').append(heredoc.text()).append(heredoc.name());
    }
    return new Instruction.OnBuild(origin, expression.toString());
  }
}
