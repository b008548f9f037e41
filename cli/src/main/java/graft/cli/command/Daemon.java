package graft.cli.command;

import graft.cli.http.Engine;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;

/// `graft daemon`: the engine in the foreground. It is found by name, so that nothing of it is
/// loaded for the other verbs.
public final class Daemon implements Verb {
  @Override
  public Options options(String name) {
    return new Options(name, "Run the engine in the foreground")
        .stopAtArgument()
        .value("URL", "Where to listen", "-H", "--host")
        .value("DIRECTORY", "Where images and containers are kept", "--data-root")
        .arguments("ARG");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    java.util.List<String> arguments = new java.util.ArrayList<>();
    for (String option : new String[] {"--host", "--data-root"}) {
      if (line.given(option)) {
        arguments.add(option);
        arguments.add(line.text(option));
      }
    }
    arguments.addAll(line.arguments());
    try {
      Class.forName("graft.docker.Daemon")
          .getMethod("main", String[].class)
          .invoke(null, (Object) arguments.toArray(new String[0]));
      return 0;
    } catch (InvocationTargetException e) {
      throw new IOException(String.valueOf(e.getCause()), e);
    } catch (ReflectiveOperationException e) {
      throw new IOException("this build of Graft has no engine in it", e);
    }
  }
}
