package graft.build.output;

import graft.build.FilesForm;
import graft.build.source.Piped;
import graft.build.source.TarCopy;
import graft.error.GraftException;
import graft.image.Attestation;
import graft.image.Statement;
import graft.inventory.Spdx;
import graft.layer.TarEntry;
import graft.layer.TarEntry.Name;
import graft.layer.TarWriter;
import graft.oci.Digest;
import graft.oci.Json;
import graft.oci.Platform;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The merged files of an image for one platform as a tar (`-o type=local`, `-o type=tar`): all of
/// them with the time of the build if that has one, and behind them a file for each thing that is
/// said of them, whose subjects they are.
///
/// Source: BuildKit, `exporter/local`, which sets times rather than limits them; measured.
public final class FilesExport {
  private static final int MODE = 0600;

  private final Platform platform;
  private final FilesForm form;
  private final List<Attestation> said;
  private final Optional<Instant> time;

  /// @param said of the files
  /// @param time of all files; those of the image if there is none
  public FilesExport(
      Platform platform, FilesForm form, List<Attestation> said, Optional<Instant> time) {
    this.platform = platform;
    this.form = form;
    this.said = said;
    this.time = time;
  }

  public void write(Piped.Writer files, OutputStream out) throws IOException, InterruptedException {
    Map<Name, Attestation> beside = named();
    var _ =
        Piped.run(
            files,
            tar -> {
              Subjects subjects = new Subjects();
              try (TarWriter writer = new TarWriter(out)) {
                TarCopy.each(
                    tar,
                    (entry, payload) -> {
                      if (beside.containsKey(entry.path())) {
                        return;
                      }
                      TarEntry e = time.map(t -> TarCopy.at(entry, t)).orElse(entry);
                      if (beside.isEmpty()) {
                        writer.write(e, payload);
                      } else {
                        MessageDigest read = Digest.newSha256();
                        writer.write(e, new DigestInputStream(payload, read));
                        subjects.add(entry, read);
                      }
                    });
                for (Map.Entry<Name, Attestation> one : beside.entrySet()) {
                  write(one.getKey(), one.getValue(), subjects.all, writer);
                }
              }
              return "";
            });
  }

  private void write(
      Name name, Attestation attestation, List<Statement.Subject> subjects, TarWriter to)
      throws IOException {
    byte[] text =
        Json.MAPPER
            .writerWithDefaultPrettyPrinter()
            .writeValueAsBytes(Statement.of(attestation, subjects));
    TarEntry entry =
        new TarEntry(
            name,
            TarEntry.Type.FILE,
            MODE,
            0,
            0,
            text.length,
            time.orElseGet(() -> Instant.now().truncatedTo(ChronoUnit.SECONDS)),
            Name.EMPTY,
            0,
            0,
            Map.of());
    to.write(entry, new ByteArrayInputStream(text));
  }

  /// What is said, by the names of the files, which hide files of the image.
  private Map<Name, Attestation> named() {
    String suffix = form.platformInNames() ? "." + platform.toString().replace('/', '_') : "";
    Map<Name, Attestation> all = new LinkedHashMap<>();
    for (Attestation one : said) {
      String name =
          one.predicateType().equals(Spdx.PREDICATE_TYPE)
              ? "sbom.spdx" + suffix + ".json"
              : "provenance" + suffix + ".json";
      if (all.put(Name.of(form.attestationPrefix() + name), one) != null) {
        throw GraftException.invalid("duplicate attestation path name " + name);
      }
    }
    return all;
  }

  /// Digests of regular files, known when these have been read.
  private static final class Subjects {
    private final List<Statement.Subject> all = new ArrayList<>();
    private final Map<Name, Digest> digests = new HashMap<>();

    /// @param read of a regular file's bytes
    void add(TarEntry entry, MessageDigest read) {
      switch (entry.type()) {
        case FILE -> add(entry.path(), Digest.sha256(read.digest()));
        case HARDLINK -> {
          Digest target = digests.get(entry.linkTarget());
          if (target != null) {
            add(entry.path(), target);
          }
        }
        case DIRECTORY, SYMLINK, CHAR, BLOCK, FIFO -> {
          // Nothing has been said of these.
        }
      }
    }

    private void add(Name path, Digest digest) {
      digests.put(path, digest);
      all.add(new Statement.Subject(path.toString(), digest));
    }
  }
}
