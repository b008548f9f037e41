package graft.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import graft.build.run.BuildLab;
import graft.images.Growth;
import graft.images.ImageRecord;
import graft.layer.TarEntry;
import graft.layer.TarEntry.Name;
import graft.layer.TarEntry.Type;
import graft.layer.TarWriter;
import graft.oci.ImageConfig.History;
import graft.oci.Reference;
import graft.oci.SettingsBuilder;
import graft.rollout.Plan.Verdict;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// An engine with a base in two versions, and what tests of roll-outs do with it: real builds,
/// commits, layers and names.
abstract class RolloutTree {
  static final String RELEASE = "ID=debian\nVERSION_ID=\"12\"\n";

  @TempDir Path dir;
  BuildLab lab;

  @BeforeEach
  void open() throws Exception {
    lab = new BuildLab(dir);
    base("base:1", "1");
    base("base:2", "2");
  }

  @AfterEach
  void close() throws Exception {
    lab.close();
  }

  static String status(String... packages) {
    StringBuilder all = new StringBuilder();
    for (String one : packages) {
      String[] words = one.split(" ");
      all.append("Package: ")
          .append(words[0])
          .append("\nStatus: install ok installed\nArchitecture: amd64\nVersion: ")
          .append(words[1])
          .append("\n\n");
    }
    return all.toString();
  }

  void base(String name, String version) throws Exception {
    var _ =
        lab.build(
            name,
            "FROM busybox:1\nCOPY etc /etc\nCOPY lib /var/lib\nENV VERSION=" + version + "\n",
            Map.of(
                "etc/os-release",
                RELEASE,
                "etc/app.conf",
                "version " + version + "\n",
                "lib/dpkg/status",
                status("libc 1", "libz " + version)));
  }

  /// As `apt-get install` in a container that is committed.
  ImageRecord commit(String name, String on, Map<String, String> files) throws Exception {
    return commit(name, on, files, Map.of());
  }

  /// @param labels more than the base has
  ImageRecord commit(String name, String on, Map<String, String> files, Map<String, String> labels)
      throws Exception {
    Map<String, byte[]> bytes = new TreeMap<>();
    files.forEach((path, text) -> bytes.put(path, text.getBytes(StandardCharsets.UTF_8)));
    return commit(name, on, bytes, 0644, labels);
  }

  ImageRecord commit(
      String name, String on, Map<String, byte[]> files, int mode, Map<String, String> labels)
      throws Exception {
    ImageRecord base = lab.engine().images().find(on);
    return lab.engine()
        .images()
        .commit(
            new Growth.Commit(
                base,
                on,
                Optional.of(Reference.parse(name)),
                new History(Optional.of(Instant.now()), "sh", "", "", false),
                settings -> {
                  SettingsBuilder changed = new SettingsBuilder(settings);
                  changed.labels.putAll(labels);
                  return changed.build();
                },
                out -> {
                  try (TarWriter tar = new TarWriter(out)) {
                    for (Map.Entry<String, byte[]> f : new TreeMap<>(files).entrySet()) {
                      byte[] bytes = f.getValue();
                      tar.write(
                          new TarEntry(
                              Name.of(f.getKey()),
                              Type.FILE,
                              mode,
                              0,
                              0,
                              bytes.length,
                              Instant.EPOCH,
                              Name.EMPTY,
                              0,
                              0,
                              Map.of()),
                          new ByteArrayInputStream(bytes));
                    }
                  }
                },
                Growth.Recorded.NOTHING));
  }

  Plan plan(String image, String onto) throws Exception {
    return lab.engine()
        .rollouts()
        .plan(new Rollouts.Rebase(image, onto, true, true, Plan.Options.SAFE));
  }

  final List<Progress> progress = new ArrayList<>();

  Optional<Generation> apply(Plan plan) throws Exception {
    progress.clear();
    return lab.engine().rollouts().apply(plan.digest(), Rollouts.Apply.PLAIN, progress::add);
  }

  static Map<String, Verdict> verdicts(Plan plan) {
    Map<String, Verdict> all = new TreeMap<>();
    plan.nodes().forEach(n -> all.put(n.title(), n.verdict()));
    return all;
  }

  ImageRecord image(String name) {
    return lab.engine().images().find(name);
  }

  Map<String, String> names() {
    Map<String, String> all = new TreeMap<>();
    lab.engine()
        .images()
        .list()
        .forEach(i -> i.names().forEach(n -> all.put(n.familiar(), i.id().toString())));
    return all;
  }

  void fails(Plan plan, Rollouts.OnFailure what, String test) throws Exception {
    progress.clear();
    var _ =
        lab.engine()
            .rollouts()
            .apply(
                plan.digest(),
                new Rollouts.Apply(
                    Optional.of(List.of("/bin/sh", "-c", test)), what, Optional.empty(), false),
                progress::add);
  }

  Map<String, Progress.State> states() {
    Map<String, Progress.State> all = new TreeMap<>();
    progress.forEach(p -> {
      if (p instanceof Progress.OfImage i && !i.parent() && !i.names().isEmpty()) {
        all.put(i.names().getFirst(), i.state());
      }
    });
    return all;
  }

  void tree() throws Exception {
    var copied =
        lab.build("copied:1", "FROM base:1\nCOPY a /srv/a\nENV A=b\n", Map.of("a", "text"));
    assertThat(copied.names()).hasSize(1);
    var _ =
        commit(
            "merged:1",
            "base:1",
            Map.of("var/lib/dpkg/status", status("curl 7", "libc 1", "libz 1")));
    var _ = commit("refused:1", "base:1", Map.of("etc/app.conf", "mine"));
    var _ =
        lab.build(
            "again:1",
            "FROM base:1\nRUN cat /etc/app.conf > /etc/app.conf.new && echo mine >> /etc/app.conf\n",
            Map.of());
    var _ = lab.build("leaf:1", "FROM merged:1\nRUN echo x > /srv-x\n", Map.of());
    var _ = lab.build("stuck:1", "FROM refused:1\nRUN echo x > /srv-x\n", Map.of());
  }
}
