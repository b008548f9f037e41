package graft.cli.build;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.cli.json.Json;
import graft.cli.verb.Line;
import graft.cli.verb.Parser;
import graft.cli.verb.UsageException;
import graft.layer.Limits;
import graft.layer.TarEntry;
import graft.layer.TarReader;
import graft.layer.TarWriter;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What the engine is asked for, and what is sent to it.
class RequestTest {
  private static final Map<String, String> ENVIRONMENT =
      Map.of("FROM_ENV", "e", "SSH_AUTH_SOCK", "/tmp/agent", "TOKEN", "t");

  @TempDir private Path dir;

  @BeforeEach
  void files() throws IOException {
    file("c/Dockerfile", "FROM scratch\n");
    file("c/.dockerignore", "*.log\n");
    file("c/a.txt", "a");
    file("c/b.log", "b");
    file("c/sub/Other", "FROM scratch\n");
    file("c/sub/Other.dockerignore", "*.txt\n");
    file("d/f", "f");
    file("out.Dockerfile", "FROM scratch\n");
    file("out.Dockerfile.dockerignore", "sub\n");
  }

  private void file(String name, String text) throws IOException {
    Path file = dir.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  /// @param words `DIR` is the directory of the test
  private Line line(String words) {
    List<String> all = new ArrayList<>();
    for (String word : words.split(" ")) {
      all.add(word.replace("DIR", dir.toString()));
    }
    return Parser.parse(new Build().options(), all);
  }

  private static InputStream stdin(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "DIR/c ~ dockerfile ~ \"Dockerfile\"",
        "DIR/c ~ ownDockerfile ~ false",
        "-f DIR/c/sub/Other DIR/c ~ dockerfile ~ \"sub/Other\"",
        "-f DIR/out.Dockerfile DIR/c ~ ownDockerfile ~ true",
        "-f - DIR/c ~ ownDockerfile ~ true",
        "https://h/r.git#main:sub ~ remote ~ \"https://h/r.git#main:sub\"",
        "github.com/a/b ~ remote ~ \"github.com/a/b\"",
        "git@h:a/b.git ~ remote ~ \"git@h:a/b.git\"",
        "-f sub/D https://h/x.tar ~ dockerfile ~ \"sub/D\"",
        "--build-arg A=1=2 --build-arg FROM_ENV --build-arg NONE DIR/c ~ arguments"
            + " ~ {\"A\":\"1=2\",\"FROM_ENV\":\"e\",\"NONE\":null}",
        "--label a=b=c --label d DIR/c ~ labels ~ {\"a\":\"b=c\",\"d\":\"\"}",
        "--annotation a=b --annotation manifest:c=d DIR/c ~ annotations ~ {\"a\":\"b\",\"c\":\"d\"}",
        "--attest type=provenance,mode=max --sbom true DIR/c ~ attestations"
            + " ~ {\"provenance\":{\"mode\":\"max\"},\"sbom\":{}}",
        "--attest type=provenance --provenance=false DIR/c ~ attestations ~ {}",
        "--platform linux/amd64,linux/arm64 DIR/c ~ platforms ~ [\"linux/amd64\",\"linux/arm64\"]",
        "--add-host a:1.2.3.4 --add-host b:::1 --add-host c=fe80::1 --add-host d:host-gateway DIR/c"
            + " ~ hosts ~ [\"a=1.2.3.4\",\"b=::1\",\"c=fe80::1\",\"d=host-gateway\"]",
        "--ulimit nofile=1:2 DIR/c ~ ulimits ~ [\"nofile=1:2\"]",
        "--shm-size 64m DIR/c ~ shmSize ~ 67108864",
        "--no-cache-filter a,b --no-cache-filter c DIR/c ~ noCacheStages ~ [\"a\",\"b\",\"c\"]",
        "--no-cache --pull DIR/c ~ pull ~ true",
        "--network none DIR/c ~ network ~ \"none\"",
        "--target t DIR/c ~ target ~ \"t\"",
        "--build-context x/y=DIR/d --build-context i=docker-image://busybox DIR/c ~ contexts"
            + " ~ {\"x/y\":\"local:context-0\",\"i\":\"docker-image://busybox\"}",
      })
  void saysWhatTheLineSays(String words, String key, String expected) throws IOException {
    Line line = line(words);
    Input input = Input.of(line, stdin("FROM scratch\n"));
    Json request = Json.of(Build.request(line, input, ENVIRONMENT));
    assertThat(request.at(key).write()).isEqualTo(expected);
  }

  @Test
  void theTimeOfTheSourceIsThatOfTheEnvironmentIfNoArgumentSaysAnother() throws IOException {
    Map<String, String> environment = Map.of("SOURCE_DATE_EPOCH", "1");
    for (String words : List.of("DIR/c", "--build-arg SOURCE_DATE_EPOCH=2 DIR/c")) {
      Line line = line(words);
      Json request = Json.of(Build.request(line, Input.of(line, stdin("")), environment));
      assertThat(request.at("arguments", "SOURCE_DATE_EPOCH").text())
          .isEqualTo(words.contains("=2") ? "2" : "1");
    }
  }

  // ---- what is sent

  /// At first, and when the engine has asked for all.
  private List<String> sent(String words, InputStream stdin) throws IOException {
    Input input = Input.of(line(words), stdin);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    input.write(out);
    Set<String> names = new LinkedHashSet<>(names(out));
    for (String directory : input.asked()) {
      out.reset();
      input.write(directory, out);
      names.addAll(names(out));
    }
    return List.copyOf(names);
  }

  private static List<String> names(ByteArrayOutputStream out) throws IOException {
    TarReader tar =
        new TarReader(
            new ByteArrayInputStream(out.toByteArray()), Limits.DEFAULT, TarReader.Recorder.NONE);
    List<String> names = new ArrayList<>();
    for (Optional<TarEntry> e = tar.next(); e.isPresent(); e = tar.next()) {
      String link = e.get().linkTarget().isEmpty() ? "" : " -> " + e.get().linkTarget();
      names.add(e.get().path() + link);
    }
    return names;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "DIR/c ~ context/.dockerignore context/Dockerfile context/a.txt context/sub/Other"
            + " context/sub/Other.dockerignore",
        // Its own .dockerignore is the one that counts.
        "-f DIR/c/sub/Other DIR/c ~ context/.dockerignore context/Dockerfile context/b.log"
            + " context/sub/Other context/sub/Other.dockerignore",
        "-f DIR/out.Dockerfile DIR/c ~ context/.dockerignore context/Dockerfile context/a.txt"
            + " context/b.log dockerfile/out.Dockerfile dockerfile/out.Dockerfile.dockerignore",
        "-f - DIR/c ~ context/.dockerignore context/Dockerfile context/a.txt context/sub/Other"
            + " context/sub/Other.dockerignore dockerfile/Dockerfile",
        "- ~ dockerfile/Dockerfile",
        "-f - https://h/r.git ~ dockerfile/Dockerfile",
        "--build-context x=DIR/d - ~ context-0/f dockerfile/Dockerfile",
      })
  void sendsWhatIsNotIgnored(String words, String expected) throws IOException {
    List<String> names = new ArrayList<>(sent(words, stdin("FROM scratch\n")));
    names.removeIf(n -> List.of("context", "context/sub", "dockerfile", "context-0").contains(n));
    assertThat(names.stream().sorted()).containsExactly(expected.split(" "));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "DIR/c ~ context ~ context/.dockerignore context/Dockerfile",
        "-f DIR/c/sub/Other DIR/c ~ context ~ context/.dockerignore context/sub/Other"
            + " context/sub/Other.dockerignore",
        "-f DIR/c/link DIR/c ~ '' ~ context context/.dockerignore context/Dockerfile context/a.txt"
            + " context/link context/sub context/sub/Other context/sub/Other.dockerignore",
        "--build-context x=DIR/d - ~ context-0 ~ context dockerfile dockerfile/Dockerfile",
      })
  void sendsAtFirstWhatTellsWhatIsNeeded(String words, String asked, String first)
      throws IOException {
    Path link = dir.resolve("c/link");
    if (words.contains("link")) {
      Files.createSymbolicLink(link, Path.of("Dockerfile"));
    }
    Input input = Input.of(line(words), stdin("FROM scratch\n"));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    input.write(out);
    Files.deleteIfExists(link);
    assertThat(String.join(" ", input.asked())).isEqualTo(words.contains("link") ? "" : asked);
    assertThat(names(out).stream().map(n -> n.replaceFirst(" -> .*", "")).sorted())
        .containsExactly(first.split(" "));
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void aTarOnStandardInputIsTheContext(boolean packed) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = packed ? new GZIPOutputStream(bytes) : bytes;
        TarWriter tar = new TarWriter(out)) {
      tar.write(entry("a", TarEntry.Type.FILE, ""));
      tar.write(entry("b", TarEntry.Type.HARDLINK, "a"));
      tar.write(entry("c", TarEntry.Type.SYMLINK, "a"));
    }
    assertThat(sent("-", new ByteArrayInputStream(bytes.toByteArray())))
        .containsExactly("context", "context/a", "context/b -> context/a", "context/c -> a");
  }

  private static TarEntry entry(String name, TarEntry.Type type, String link) {
    return new TarEntry(
        TarEntry.Name.of(name),
        type,
        0644,
        0,
        0,
        0,
        java.time.Instant.EPOCH,
        TarEntry.Name.of(link),
        0,
        0,
        Map.of());
  }

  // ---- where it goes

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "x ~ [Image[attributes={}]]",
        "-t a -t b x ~ [Image[attributes={name=a,b}]]",
        "-t h/a --push x ~ [Image[attributes={push=true, name=h/a}]]",
        "-o out x ~ [Directory[directory=out]]",
        "-o - x ~ [Tar[file=Optional.empty]]",
        "-o type=local,dest=o x ~ [Directory[directory=o]]",
        "-o type=tar,dest=o x ~ [Tar[file=Optional[o]]]",
        "-o type=tar x ~ [Tar[file=Optional.empty]]",
        "-o type=docker x ~ [Image[attributes={}]]",
        "-o type=docker,dest=o,compression=zstd -t a x"
            + " ~ [Archive[type=docker, file=Optional[o], attributes={compression=zstd, name=a}]]",
        "-o type=oci,dest=- x ~ [Archive[type=oci, file=Optional.empty, attributes={}]]",
        "-o type=image,\"name=a,b\" -t c x ~ [Image[attributes={name=c,a,b}]]",
        "-o type=registry,name=h/a x ~ [Image[attributes={name=h/a, push=true}]]",
        "-o out --load x ~ [Directory[directory=out], Image[attributes={}]]",
        "-o type=image --push -t a x ~ [Image[attributes={push=true, name=a}]]",
        "--annotation index:a=b --annotation manifest[linux/arm64]:c=d --annotation e=f x"
            + " ~ [Image[attributes={annotation-index.a=b, annotation-manifest[linux/arm64].c=d}]]",
      })
  void resultsGoWhereTheyAreWanted(String words, String expected) {
    assertThat(Export.of(line(words))).hasToString(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "-o type=zip x ~ has no type 'zip'",
        "-o type=tar,compression=gzip x ~ has no 'compression'",
        "--push x ~ --push needs a name",
        "-o type=local x ~ needs a dest=DIRECTORY",
        "-o type=tar -o - x ~ only one --output can go to standard output",
      })
  void refusesOutputsThatMakeNoSense(String words, String expected) {
    assertThatThrownBy(() -> Export.of(line(words)))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "-f - - ~ standard input can be the context or the Dockerfile, not both",
        "-f x - ~ standard input is a Dockerfile, and --file names another",
        "DIR/none ~ there is no directory",
        "--build-context x=DIR/none DIR/c ~ there is no directory",
        "--build-context x DIR/c ~ --build-context is NAME=SOURCE",
      })
  void refusesInputsThatMakeNoSense(String words, String expected) {
    assertThatThrownBy(() -> Input.of(line(words), stdin("FROM scratch\n")))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining(expected);
  }

  // ---- secrets and agents

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "--secret id=s,src=DIR/d/f x ~ s ~ f",
        "--secret id=s,env=TOKEN x ~ s ~ t",
        "--secret id=s,type=env,src=TOKEN x ~ s ~ t",
        "--secret id=TOKEN x ~ TOKEN ~ t",
        "--secret id=s,env=NONE x ~ s ~",
        "--secret id=s,env=TOKEN x ~ other ~",
      })
  void secretsAreReadWhereTheLineSays(String words, String id, String expected) throws IOException {
    Optional<byte[]> value = new Secrets(line(words), ENVIRONMENT).value(id);
    assertThat(value.map(v -> new String(v, StandardCharsets.UTF_8)))
        .isEqualTo(Optional.ofNullable(expected));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "--secret src=DIR/d/f x ~ a secret needs an id",
        "--secret id=s,foo=1 x ~ has no 'foo'",
        "--secret id=s,src=DIR/none x ~ none",
        "--secret id=s,src=DIR/d x ~ is to be a file",
        "--secret id=s,src=DIR/d/f,env=TOKEN x ~ both a file and a variable",
      })
  void refusesSecretsThatMakeNoSense(String words, String expected) {
    assertThatThrownBy(() -> new Secrets(line(words), ENVIRONMENT)).hasMessageContaining(expected);
  }

  @Test
  void agentsAreThoseOfTheEnvironmentOrOfTheLine() throws IOException {
    try (Agents agents = new Agents(line("--ssh default --ssh a=DIR/d x"), ENVIRONMENT)) {
      assertThat(agents.ids()).containsExactly("default", "a");
    }
    assertThatThrownBy(() -> new Agents(line("--ssh default x"), Map.of()))
        .hasMessageContaining("SSH_AUTH_SOCK is not set");
  }
}
