package graft.build.source;

import graft.error.GraftException;
import graft.oci.Digest;
import graft.snapshot.Trees;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/// Files of a git repository, fetched by the program `git` with nothing of this machine's
/// configuration and no way to run anything that the repository brings.
///
/// Source: the forms of URLs are those of BuildKit, `util/gitutil`.
public final class GitSource {
  /// @param reference a branch, a tag or a commit; empty for what the repository points to
  /// @param directory of which the files are taken; empty for all
  public record Address(
      String remote,
      String reference,
      String directory,
      String checksum,
      Optional<Boolean> keepGitDirectory) {}

  /// @param commit its whole id
  public record Fetched(FileTree tree, String commit) {}

  private static final long PATIENCE_MINUTES = 30;

  private GitSource() {}

  /// `https://host/repo.git#ref:directory`, or `?branch=…&subdir=…`.
  public static Address parse(String url) {
    String left = url;
    String reference = "";
    String directory = "";
    String checksum = "";
    Optional<Boolean> keep = Optional.empty();
    int hash = left.indexOf('#');
    if (hash >= 0) {
      String fragment = left.substring(hash + 1);
      left = left.substring(0, hash);
      int colon = fragment.indexOf(':');
      reference = colon < 0 ? fragment : fragment.substring(0, colon);
      directory = colon < 0 ? "" : fragment.substring(colon + 1);
    }
    int question = left.indexOf('?');
    if (question >= 0) {
      for (String pair : left.substring(question + 1).split("&")) {
        int equals = pair.indexOf('=');
        String key = equals < 0 ? pair : pair.substring(0, equals);
        String value =
            equals < 0
                ? ""
                : java.net.URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8);
        switch (key) {
          case "ref", "branch", "tag" -> reference = value;
          case "subdir" -> directory = value;
          case "checksum", "commit" -> checksum = value;
          case "keep-git-dir" -> keep = Optional.of(!value.equals("false") && !value.equals("0"));
          case "submodules" -> {
            if (value.equals("true") || value.equals("1")) {
              throw GraftException.invalid("submodules are not fetched: " + url);
            }
          }
          default -> throw GraftException.invalid("unexpected query \"" + key + "\" of " + url);
        }
      }
      left = left.substring(0, question);
    }
    if (left.startsWith("-") || reference.startsWith("-")) {
      throw GraftException.invalid("this is no address of a repository: " + url);
    }
    return new Address(left, reference, Chosen.clean(directory), checksum, keep);
  }

  /// @param checksum of the commit, or its beginning; empty for none
  static Fetched fetch(
      String url,
      String checksum,
      Optional<Boolean> keepGitDirectory,
      Path scratch,
      FileStore store)
      throws IOException, InterruptedException {
    Address address = parse(url);
    String wanted = checksum.isEmpty() ? address.checksum() : checksum;
    boolean keep = keepGitDirectory.or(address::keepGitDirectory).orElse(false);
    Files.createDirectories(scratch);
    Path place = Files.createTempDirectory(scratch, "git-");
    try {
      git(place, "init", "--quiet", ".");
      String reference = address.reference().isEmpty() ? "HEAD" : address.reference();
      try {
        git(place, "fetch", "--quiet", "--depth=1", "--no-tags", address.remote(), reference);
      } catch (GraftException e) {
        // A server may refuse what is no name of it: a commit in short.
        if (!reference.matches("[0-9a-f]{7,40}")) {
          throw e;
        }
        git(place, "fetch", "--quiet", address.remote(), "+refs/heads/*:refs/remotes/o/*");
        git(place, "update-ref", "FETCH_HEAD", reference);
      }
      String commit = git(place, "rev-parse", "FETCH_HEAD^{commit}").strip();
      if (!wanted.isEmpty() && !commit.startsWith(wanted)) {
        throw GraftException.invalid("expected checksum to match " + wanted + ", got " + commit);
      }
      git(place, "checkout", "--quiet", "--force", "--detach", commit);
      if (!keep) {
        Trees.delete(place.resolve(".git"));
      }
      return new Fetched(tree(place, address.directory(), store), commit);
    } finally {
      Trees.delete(place);
    }
  }

  private static String git(Path directory, String... arguments)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "git",
                "-c",
                "protocol.allow=never",
                "-c",
                "protocol.http.allow=always",
                "-c",
                "protocol.https.allow=always",
                "-c",
                "protocol.git.allow=always",
                "-c",
                "protocol.ssh.allow=always",
                "-c",
                "core.hooksPath=/dev/null",
                "-c",
                "core.fsmonitor=false",
                "-c",
                "advice.detachedHead=false"));
    command.addAll(List.of(arguments));
    Path said = Files.createTempFile(directory.getParent(), "git-", ".out");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile());
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(k -> k.startsWith("GIT_"));
    environment.putAll(
        Map.of(
            "GIT_CONFIG_NOSYSTEM",
            "1",
            "GIT_CONFIG_GLOBAL",
            "/dev/null",
            "GIT_TERMINAL_PROMPT",
            "0",
            "HOME",
            "/nonexistent",
            "GIT_SSH_COMMAND",
            "ssh -F /dev/null -o BatchMode=yes"));
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      Files.deleteIfExists(said);
      throw new GraftException(
          GraftException.Kind.NOT_FOUND,
          "git is not installed here, and this build needs it; install the package git",
          e);
    }
    try {
      process.getOutputStream().close();
      if (!process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
        throw GraftException.invalid("git takes longer than " + PATIENCE_MINUTES + " minutes");
      }
      String text;
      try (InputStream in = Files.newInputStream(said)) {
        text = new String(in.readNBytes(64 * 1024), StandardCharsets.UTF_8);
      }
      if (process.exitValue() != 0) {
        throw GraftException.invalid(
            "failed to fetch remote: git " + arguments[0] + ": " + text.strip());
      }
      return text;
    } finally {
      process.destroyForcibly();
      Files.deleteIfExists(said);
    }
  }

  private static FileTree tree(Path place, String directory, FileStore store) throws IOException {
    TreeMap<String, FileTree.Entry> entries = new TreeMap<>();
    try (FileSource files = RootSource.open(place, () -> {})) {
      String root = Lookup.resolve(files::stat, directory, true);
      if (files.stat(root).filter(FileSource.Node::isDirectory).isEmpty()) {
        throw GraftException.notFound("subdir \"" + directory + "\" not found in the repository");
      }
      walk(files, root, "", entries, store);
    }
    return new FileTree(entries);
  }

  private static void walk(
      FileSource files,
      String from,
      String path,
      Map<String, FileTree.Entry> entries,
      FileStore store)
      throws IOException {
    for (String name : files.list(from)) {
      String source = from.isEmpty() ? name : from + "/" + name;
      String to = path.isEmpty() ? name : path + "/" + name;
      FileSource.Node n = files.stat(source).orElseThrow();
      FileTree.Attributes attributes =
          new FileTree.Attributes(
              n.isDirectory() ? 0755 : (n.mode() & 0100) != 0 ? 0755 : 0644,
              0,
              0,
              n.modified(),
              Map.of());
      switch (n.kind()) {
        case DIRECTORY -> {
          entries.put(to, new FileTree.Directory(attributes));
          walk(files, source, to, entries, store);
        }
        case FILE -> {
          try (InputStream in = files.open(source)) {
            Digest content = store.put(in, Long.MAX_VALUE);
            entries.put(to, new FileTree.File(attributes, n.size(), content));
          }
        }
        case SYMLINK -> entries.put(to, new FileTree.Symlink(attributes, n.link()));
        case CHAR, BLOCK, FIFO -> {
          // git has none.
        }
      }
    }
  }
}
