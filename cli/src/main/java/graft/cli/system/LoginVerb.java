package graft.cli.system;

import graft.cli.http.Engine;
import graft.cli.verb.Line;
import graft.cli.verb.Options;
import graft.cli.verb.Verb;
import java.io.Console;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/// `graft login`.
final class LoginVerb implements Verb {
  @Override
  public Options options() {
    return new Options("login", "Log in to a registry")
        .arguments(0, 1, "[REGISTRY]")
        .value(
            "PASSWORD",
            "Password; others can see it, so --password-stdin is better",
            "-p",
            "--password")
        .flag("Read the password from standard input", "--password-stdin")
        .value("NAME", "User name", "-u", "--username")
        .details(
            """
            Without REGISTRY: Docker Hub. Asks for what is not given. The login is tried, and kept
            where Docker keeps it (~/.docker/config.json or a credential helper), so each of the two
            programs finds what the other stored.\
            """)
        .example("graft login host:5000", "asks for name and password")
        .example("graft login -u me --password-stdin host:5000 < secret", "asks nothing");
  }

  @Override
  public int run(Line line, Engine engine) throws IOException {
    String registry = Logins.registry(line.argumentOrNone(0));
    String user = line.text("--username");
    if (user.isEmpty()) {
      user = ask("Username: ", false);
    }
    String password =
        line.flag("--password-stdin")
            ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8).strip()
            : line.given("--password") ? line.text("--password") : ask("Password: ", true);
    Map<String, Object> request = new LinkedHashMap<>();
    request.put("username", user);
    request.put("password", password);
    request.put("serveraddress", registry);
    String token = engine.post("/auth", request).at("IdentityToken").text();
    Logins.store(registry, user, password, token);
    System.out.println("Login Succeeded");
    return 0;
  }

  private static String ask(String prompt, boolean secret) throws IOException {
    // Never null since JDK 22.
    Console console = Objects.requireNonNull(System.console());
    if (!console.isTerminal()) {
      throw new IOException(
          "cannot ask for "
              + prompt.toLowerCase(Locale.ROOT).replace(": ", "")
              + " without a terminal; use --username and --password-stdin");
    }
    if (secret) {
      char[] typed = console.readPassword("%s", prompt);
      return typed == null ? "" : new String(typed);
    }
    String typed = console.readLine("%s", prompt);
    return typed == null ? "" : typed;
  }
}
