package graft.bench;

import graft.cli.json.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Runs verbs of `graft`.
///
/// @param graft the program
record Cli(Path graft, String host) {
  /// @param out what it has printed, errors too
  record Result(int code, String out) {}

  Result run(String input, String... words) throws IOException, InterruptedException {
    Path log = Files.createTempFile("graft", ".out");
    try {
      List<String> command = new ArrayList<>(List.of(graft.toString()));
      command.addAll(List.of(words));
      ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.environment().put("GRAFT_HOST", host);
      builder.redirectOutput(log.toFile());
      Process process = builder.start();
      try (var in = process.getOutputStream()) {
        in.write(input.getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        // It has ended without reading all of it, and its code says why.
      }
      int code = process.waitFor();
      return new Result(code, Files.readString(log, StandardCharsets.ISO_8859_1));
    } finally {
      Files.delete(log);
    }
  }

  /// What it prints. A failure is thrown.
  String must(String... words) throws IOException, InterruptedException {
    Result result = run("", words);
    if (result.code() != 0) {
      throw new IOException("graft " + String.join(" ", words) + ": " + result.out());
    }
    return result.out();
  }

  Json json(String... words) throws IOException, InterruptedException {
    return Json.parse(must(words));
  }

  interface Reader<T> {
    T read(InputStream in) throws IOException;
  }

  /// Hands on what it prints; a failure is thrown.
  <T> T stream(Reader<T> reader, String... words) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(graft.toString()));
    command.addAll(List.of(words));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().put("GRAFT_HOST", host);
    Process process = builder.start();
    process.getOutputStream().close();
    T value;
    try (InputStream in = process.getInputStream()) {
      value = reader.read(in);
      in.transferTo(java.io.OutputStream.nullOutputStream());
    }
    if (process.waitFor() != 0) {
      throw new IOException("graft " + String.join(" ", words) + " failed");
    }
    return value;
  }
}
