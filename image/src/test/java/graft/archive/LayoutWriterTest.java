package graft.archive;

import static org.assertj.core.api.Assertions.assertThat;

import graft.image.Annotations;
import graft.image.Attestation;
import graft.image.Bundle;
import graft.image.Edits;
import graft.image.Image;
import graft.layer.BlockPacker;
import graft.layer.Limits;
import graft.layer.PackedInput;
import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.oci.ImageConfig.History;
import graft.oci.MediaTypes;
import graft.oci.Platform;
import graft.oci.Reference;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LayoutWriterTest {
  private static final Platform ARM64 = new Platform("linux", "arm64");
  private static final Attestation SAID =
      new Attestation("https://slsa.dev/provenance/v0.2", "{}".getBytes(StandardCharsets.UTF_8));

  private final byte[] tar = new byte[1024];
  private final Digest diffId = Digest.of(tar);
  private byte[] packed = new byte[0];

  @BeforeEach
  void pack() throws IOException {
    try (PackedInput in = new PackedInput(new ByteArrayInputStream(tar), BlockPacker.ZLIB)) {
      packed = in.readAllBytes();
    }
  }

  private Bundle.Part part(Platform platform, Attestation... said) {
    Image image =
        Edits.append(
            Edits.fromScratch(platform),
            new Image.Layer(new Descriptor(MediaTypes.OCI_LAYER, diffId, tar.length), diffId),
            new History(Optional.of(Instant.EPOCH), "COPY", "", "", false),
            settings -> settings);
    return new Bundle.Part(platform, image, List.of(said));
  }

  private byte[] write(boolean docker, List<Reference> names, Bundle.Part... parts)
      throws IOException {
    Bundle bundle =
        Bundle.of(
            List.of(parts),
            names,
            new Bundle.Style(false, true, false, Annotations.NONE),
            _ -> new Descriptor(MediaTypes.OCI_LAYER_GZIP, Digest.of(packed), packed.length));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    LayoutWriter.write(bundle, names, docker, _ -> new ByteArrayInputStream(packed), out);
    return out.toByteArray();
  }

  private static List<ArchiveReader.Loaded> read(byte[] archive) throws IOException {
    return ArchiveReader.read(
        new ByteArrayInputStream(archive),
        Limits.DEFAULT,
        ARM64,
        bytes -> Digest.of(bytes.readAllBytes()));
  }

  @Test
  void aLayoutIsReadAsItWasWritten() throws IOException {
    List<Reference> names = List.of(Reference.parse("a:1"), Reference.parse("reg:5/b"));
    List<ArchiveReader.Loaded> read = read(write(false, names, part(ARM64)));
    assertThat(read).hasSize(1);
    assertThat(read.getFirst().names())
        .containsExactly(Reference.parse("a:1"), Reference.parse("reg:5/b:latest"));
    assertThat(read.getFirst().image().manifest().layers().getFirst().digest())
        .isEqualTo(Digest.of(packed));
    assertThat(write(false, names, part(ARM64))).isEqualTo(write(false, names, part(ARM64)));
  }

  @Test
  void ofSeveralPlatformsEachFindsItsOwn() throws IOException {
    byte[] archive =
        write(
            false,
            List.of(Reference.parse("a")),
            part(new Platform("linux", "amd64"), SAID),
            part(ARM64, SAID));
    assertThat(read(archive)).extracting(l -> l.image().config().platform()).containsExactly(ARM64);
  }

  @Test
  void dockersReadersFindTheirOwnList() throws IOException {
    byte[] archive = write(true, List.of(Reference.parse("a:1")), part(ARM64));
    assertThat(new String(archive, StandardCharsets.ISO_8859_1)).contains("\"RepoTags\":[\"a:1\"]");
    assertThat(read(archive).getFirst().names()).containsExactly(Reference.parse("a:1"));
  }
}
