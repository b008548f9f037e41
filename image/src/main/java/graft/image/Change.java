package graft.image;

import graft.oci.ImageConfig.Healthcheck;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One instruction that changes the settings of an image without a layer, as written: variables are
/// replaced when it is applied. `docker commit --change` and `docker import --change` take these;
/// see [Changes].
public sealed interface Change {
  /// What to run: a list of arguments, or one line for a shell.
  sealed interface Command {
    record Exec(List<String> arguments) implements Command {
      public Exec {
        arguments = List.copyOf(arguments);
      }
    }

    record Shell(String line) implements Command {}
  }

  record Cmd(Command command) implements Change {}

  record Entrypoint(Command command) implements Change {}

  /// Values by name, in the order written.
  record Env(List<Map.Entry<String, String>> variables) implements Change {
    public Env {
      variables = List.copyOf(variables);
    }
  }

  record Expose(List<String> ports) implements Change {
    public Expose {
      ports = List.copyOf(ports);
    }
  }

  record Health(Healthcheck check) implements Change {}

  record Label(List<Map.Entry<String, String>> labels) implements Change {
    public Label {
      labels = List.copyOf(labels);
    }
  }

  record OnBuild(String trigger) implements Change {}

  record StopSignal(String signal) implements Change {}

  record User(String user) implements Change {}

  record Volume(List<String> paths) implements Change {
    public Volume {
      paths = List.copyOf(paths);
    }
  }

  record Workdir(String path) implements Change {}

  /// The shell form's shell, if the image names none.
  static List<String> shell(Optional<List<String>> ofImage) {
    return ofImage.filter(s -> !s.isEmpty()).orElse(List.of("/bin/sh", "-c"));
  }
}
