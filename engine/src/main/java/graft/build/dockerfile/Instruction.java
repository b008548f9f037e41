package graft.build.dockerfile;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// An instruction of a Dockerfile. What is said of an argument holds before and after [#expand]:
/// only variables, quotes and escapes are replaced by it. Texts that were not given are empty.
public sealed interface Instruction {
  Origin origin();

  /// In lower case, as `run`.
  default String name() {
    return origin().keyword().toLowerCase(Locale.ROOT);
  }

  /// This instruction with its variables replaced, as far as the language replaces any in it.
  ///
  /// @throws DockerfileException a word that makes no sense; without location
  default Instruction expand(Expander expander) {
    return this;
  }

  /// @param image what is written: an image, `scratch`, a stage, a named context
  /// @param platform of `--platform`
  /// @param name of `AS`, in lower case
  /// @param as the word before the name, as written
  /// @param nameAsWritten with its case
  record From(
      Origin origin, String image, String platform, String name, String as, String nameAsWritten)
      implements Instruction {}

  enum Network {
    DEFAULT,
    NONE,
    HOST
  }

  enum Security {
    SANDBOX,
    INSECURE
  }

  record Device(String name, boolean required) {}

  /// What a RUN makes the kernel execute.
  sealed interface Program {
    /// Text for the shell of the image.
    record Shell(String text) implements Program {}

    record Exec(List<String> arguments) implements Program {
      public Exec {
        arguments = List.copyOf(arguments);
      }
    }

    /// A file with `#!` in its first line, to be executed as `/dev/pipes/NAME`, mode 0755.
    record Script(String name, String content) implements Program {}
  }

  /// @param command as written; [#program] is what comes of it with the here-documents
  /// @param mountOptions the values of `--mount`, as written; see [#mounts]
  /// @param flags names of flags that were used, in order
  record Run(
      Origin origin,
      CommandLine command,
      List<Heredoc> heredocs,
      List<String> mountOptions,
      Network network,
      Security security,
      List<Device> devices,
      List<String> flags)
      implements Instruction {
    public Run {
      heredocs = List.copyOf(heredocs);
      mountOptions = List.copyOf(mountOptions);
      devices = List.copyOf(devices);
      flags = List.copyOf(flags);
    }

    /// The mounts, with variables replaced in all their values.
    ///
    /// @throws DockerfileException an option that makes no sense; without location
    public List<RunMount> mounts(Expander expander) {
      return mountOptions.stream().map(o -> MountOptions.read(o, expander)).toList();
    }

    /// From which stages and images files are mounted; known before variables are.
    public List<String> mountsFrom() {
      return mountOptions.stream().map(MountOptions::from).filter(f -> !f.isEmpty()).toList();
    }

    /// A here-document that is the whole command is what the shell gets, or a script of its own if
    /// it says so; others the shell is to read itself.
    public Program program() {
      if (command instanceof CommandLine.Exec exec) {
        return new Program.Exec(exec.arguments());
      }
      String text = ((CommandLine.Shell) command).text();
      if (heredocs.isEmpty()) {
        return new Program.Shell(text);
      }
      if (isHeredoc()) {
        String content = heredocs.getFirst().content();
        return content.startsWith("#!")
            ? new Program.Script(heredocs.getFirst().name(), content)
            : new Program.Shell(content);
      }
      StringBuilder all = new StringBuilder(text);
      for (Heredoc heredoc : heredocs) {
        all.append('\n').append(heredoc.text()).append(heredoc.name());
      }
      return new Program.Shell(all.toString());
    }

    private boolean isHeredoc() {
      return !heredocs.isEmpty()
          && command instanceof CommandLine.Shell(String text)
          && Lexer.heredoc(text).isPresent();
    }

    /// What progress shows of the instruction, before [Words#expandKnown]: its text, and the
    /// beginning of a here-document that is the whole command.
    public String shown() {
      if (!isHeredoc()) {
        return origin.text();
      }
      List<String> lines = GoText.trim(heredocs.getFirst().text()).lines().toList();
      String first = lines.isEmpty() ? "" : lines.getFirst();
      return origin.text() + " (" + first + (lines.size() > 1 ? "..." : "") + ")";
    }
  }

  /// A file whose content stands in the Dockerfile.
  ///
  /// @param content variables are replaced in it if `expand` is set
  record InlineFile(String name, String content, boolean expand) {
    InlineFile expand(Expander expander) {
      return expand ? new InlineFile(name, expander.text(content), false) : this;
    }
  }

  /// @param sources paths with wildcards in the context, or in what `from` names
  /// @param files here-documents
  /// @param chown `user[:group]`, names or numbers
  /// @param chmod octal or symbolic
  /// @param exclude patterns of what is not copied
  record Copy(
      Origin origin,
      List<String> sources,
      List<InlineFile> files,
      String destination,
      String from,
      String chown,
      String chmod,
      boolean link,
      boolean parents,
      List<String> exclude)
      implements Instruction {
    public Copy {
      sources = List.copyOf(sources);
      files = List.copyOf(files);
      exclude = List.copyOf(exclude);
    }

    @Override
    public Copy expand(Expander e) {
      String owner = e.word(chown);
      String mode = e.word(chmod);
      List<String> paths = sources.stream().map(e::word).toList();
      String to = e.word(destination);
      List<InlineFile> inline = files.stream().map(f -> f.expand(e)).toList();
      return new Copy(origin, paths, inline, to, from, owner, mode, link, parents, exclude);
    }
  }

  /// @param sources paths with wildcards in the context, URLs, git repositories
  /// @param checksum `sha256:…` of the file, or the commit of a git repository
  /// @param keepGitDirectory empty if nothing was said
  /// @param unpack empty: archives of the context are unpacked, those of URLs are not
  record Add(
      Origin origin,
      List<String> sources,
      List<InlineFile> files,
      String destination,
      String chown,
      String chmod,
      boolean link,
      List<String> exclude,
      String checksum,
      Optional<Boolean> keepGitDirectory,
      Optional<Boolean> unpack)
      implements Instruction {
    public Add {
      sources = List.copyOf(sources);
      files = List.copyOf(files);
      exclude = List.copyOf(exclude);
    }

    @Override
    public Add expand(Expander e) {
      String owner = e.word(chown);
      String mode = e.word(chmod);
      String sum = e.word(checksum);
      List<String> paths = sources.stream().map(e::word).toList();
      String to = e.word(destination);
      List<InlineFile> inline = files.stream().map(f -> f.expand(e)).toList();
      return new Add(
          origin, paths, inline, to, owner, mode, link, exclude, sum, keepGitDirectory, unpack);
    }
  }

  record Env(Origin origin, List<KeyValue> pairs) implements Instruction {
    public Env {
      pairs = List.copyOf(pairs);
    }

    @Override
    public Env expand(Expander e) {
      return new Env(origin, pairs.stream().map(p -> p.expand(e)).toList());
    }
  }

  record Label(Origin origin, List<KeyValue> pairs) implements Instruction {
    public Label {
      pairs = List.copyOf(pairs);
    }

    @Override
    public Label expand(Expander e) {
      return new Label(origin, pairs.stream().map(p -> p.expand(e)).toList());
    }
  }

  /// @param value what it is if the client says nothing
  /// @param description of the comment above it, if that begins with the name
  record Argument(String key, Optional<String> value, String description) {}

  record Arg(Origin origin, List<Argument> arguments) implements Instruction {
    public Arg {
      arguments = List.copyOf(arguments);
    }
  }

  record Cmd(Origin origin, CommandLine command) implements Instruction {}

  record Entrypoint(Origin origin, CommandLine command) implements Instruction {}

  record Shell(Origin origin, List<String> arguments) implements Instruction {
    public Shell {
      arguments = List.copyOf(arguments);
    }
  }

  /// @param test as in the image's config: `NONE`, or `CMD` and arguments, or `CMD-SHELL` and text
  /// @param interval zero durations and retries are not said
  record Healthcheck(
      Origin origin,
      List<String> test,
      Duration interval,
      Duration timeout,
      Duration startPeriod,
      Duration startInterval,
      int retries)
      implements Instruction {
    public Healthcheck {
      test = List.copyOf(test);
    }
  }

  /// @param ports as written: `8080`, `8000-8010/udp`
  record Expose(Origin origin, List<String> ports) implements Instruction {
    public Expose {
      ports = List.copyOf(ports);
    }

    @Override
    public Expose expand(Expander e) {
      return new Expose(origin, ports.stream().flatMap(p -> e.words(p).stream()).toList());
    }
  }

  record Volume(Origin origin, List<String> paths) implements Instruction {
    public Volume {
      paths = List.copyOf(paths);
    }

    @Override
    public Volume expand(Expander e) {
      List<String> expanded = paths.stream().map(e::word).toList();
      if (expanded.contains("")) {
        throw new DockerfileException("VOLUME specified can not be an empty string");
      }
      return new Volume(origin, expanded);
    }
  }

  record User(Origin origin, String user) implements Instruction {
    @Override
    public User expand(Expander e) {
      return new User(origin, e.word(user));
    }
  }

  record Workdir(Origin origin, String path) implements Instruction {
    @Override
    public Workdir expand(Expander e) {
      return new Workdir(origin, e.word(path));
    }
  }

  record StopSignal(Origin origin, String signal) implements Instruction {
    @Override
    public StopSignal expand(Expander e) {
      return new StopSignal(origin, e.word(signal));
    }
  }

  /// @param expression the instruction that builds upon the image begin with, as written
  record OnBuild(Origin origin, String expression) implements Instruction {}

  record Maintainer(Origin origin, String name) implements Instruction {}
}
