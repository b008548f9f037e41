package graft.build;

import graft.error.GraftException;
import graft.image.Attestation;
import graft.image.Image;
import graft.inventory.Databases;
import graft.inventory.Distribution;
import graft.inventory.Inventory;
import graft.inventory.Spdx;
import graft.oci.Digest;
import graft.oci.Json;
import graft.snapshot.RootFiles;
import graft.snapshot.Snapshotter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/// Looks for the packages in the files of an image.
public final class Sbom {
  private static final String STATUS = "/var/lib/dpkg/status";

  /// Of images without a package manager: a file for each package.
  private static final String STATUS_D = "/var/lib/dpkg/status.d";

  private static final List<String> APK =
      List.of("/lib/apk/db/installed", "/usr/lib/apk/db/installed");
  private static final List<String> RELEASE = List.of("/etc/os-release", "/usr/lib/os-release");
  private static final int MOST_FILES = 20_000;
  private static final int LARGEST_RELEASE = 64 << 10;

  private Sbom() {}

  /// @param layers bottom first
  /// @param attributes of `--attest type=sbom,…`
  static Attestation of(
      Rooms rooms, Image image, List<Digest> layers, Map<String, String> attributes)
      throws IOException {
    if (attributes.containsKey("generator")) {
      throw new GraftException(
          GraftException.Kind.NOT_IMPLEMENTED,
          "Graft runs no SBOM generators; it lists the packages of dpkg and apk itself if none is"
              + " named");
    }
    return new Attestation(
        Spdx.PREDICATE_TYPE,
        Json.bytes(
            Spdx.document(
                read(rooms.snapshots(), layers),
                image.config().id(),
                image.config().created().orElse(Instant.EPOCH))));
  }

  /// @param layers bottom first
  public static Inventory read(Snapshotter snapshots, List<Digest> layers) throws IOException {
    try (Snapshotter.View view = snapshots.view(layers.reversed());
        RootFiles files = RootFiles.open(view.root())) {
      Databases databases = new Databases();
      read(files, STATUS, in -> databases.dpkg(in, false));
      if (files.stat(STATUS_D).filter(RootFiles.FileStat::isDirectory).isPresent()) {
        for (String name : files.list(STATUS_D).stream().limit(MOST_FILES).toList()) {
          if (!name.endsWith(".md5sums")) {
            read(files, STATUS_D + "/" + name, in -> databases.dpkg(in, true));
          }
        }
      }
      for (String place : APK) {
        read(files, place, databases::apk);
      }
      Distribution[] distribution = {Distribution.UNKNOWN};
      for (String place : RELEASE.reversed()) {
        read(files, place, in -> distribution[0] = distribution(in));
      }
      return databases.inventory(distribution[0]);
    }
  }

  private static Distribution distribution(InputStream in) throws IOException {
    return Distribution.parse(new String(in.readNBytes(LARGEST_RELEASE), StandardCharsets.UTF_8));
  }

  private interface Reader {
    void read(InputStream in) throws IOException;
  }

  /// Links are followed inside the root. What is no regular file is passed over: an image may have
  /// anything of that name.
  private static void read(RootFiles files, String path, Reader reader) throws IOException {
    InputStream in;
    try {
      in = files.read(path);
    } catch (GraftException e) {
      if (e.kind() == GraftException.Kind.NOT_FOUND || e.kind() == GraftException.Kind.INVALID) {
        return;
      }
      throw e;
    }
    try (in) {
      reader.read(in);
    }
  }
}
