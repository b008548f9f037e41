package graft.docker.buildkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import graft.build.ImageExport;
import graft.build.ImageForm;
import graft.docker.buildkit.proto.Control.Exporter;
import graft.images.Packing;
import graft.oci.Reference;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExporterOptionsTest {
  private static final Instant EPOCH = Instant.ofEpochSecond(1_700_000_000);

  /// @param text `key=value;key`
  private static ExporterOptions options(String type, String text) {
    Map<String, String> all = new LinkedHashMap<>();
    for (String one : text.split(";")) {
      int equals = one.indexOf('=');
      if (!one.isEmpty()) {
        all.put(
            equals < 0 ? one : one.substring(0, equals),
            equals < 0 ? "" : one.substring(equals + 1));
      }
    }
    return new ExporterOptions(new Exporter(type, all), false, Optional.of(EPOCH));
  }

  @Test
  void whatIsNotSaidIsAsUsual() {
    ImageExport image = options("moby", "").image();
    assertThat(image.names()).isEmpty();
    assertThat(image.keep()).isTrue();
    assertThat(image.push()).isEqualTo(ImageExport.Push.NO);
    // A provenance that nobody asked for goes to registries, and into no file.
    assertThat(image.form().inline()).isTrue();
    assertThat(options("oci", "").file()).isEqualTo(ImageForm.PLAIN);
    assertThat(options("oci", "").tar()).isTrue();
  }

  @Test
  void allThatCanBeSaid() {
    ExporterOptions options =
        options(
            "image",
            "name=a,reg:5/b:2;push=true;push-by-digest;store=false;compression=zstd;"
                + "compression-level=19;force-compression=1;oci-artifact=true;"
                + "rewrite-timestamp=true;annotation.k=v;prefer-image-digest=true");
    ImageExport image = options.image();
    assertThat(image.names())
        .containsExactly(Reference.parse("a:latest"), Reference.parse("reg:5/b:2"));
    assertThat(image.keep()).isFalse();
    assertThat(image.push()).isEqualTo(ImageExport.Push.DIGEST);
    assertThat(image.form().packing())
        .isEqualTo(new Packing(Packing.Form.ZSTD, OptionalInt.of(19), true));
    assertThat(image.form().artifacts()).isTrue();
    assertThat(image.form().clamp()).contains(EPOCH);
    assertThat(image.form().annotations().entries()).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      textBlock =
          """
          nonsense=1,                             has no option "nonsense"
          push=perhaps,                           non-bool value specified for push
          compression=estargz,                    compression=estargz is not supported
          compression=rar,                        unsupported compression type rar
          compression-level=10,                   is not a number from 0 to 9
          compression-level=x,                    is not a number from 0 to 9
          compression=zstd;oci-mediatypes=false,  conflicts with "oci-mediatypes=false"
          oci-artifact=true;oci-mediatypes=false, conflicts with "oci-mediatypes=false"
          registry.insecure=true,                 insecure-registries
          annotation-odd.k=v,                     unrecognized annotation type odd
          name=UPPER,                             must be lowercase
          """)
  void whatCannotBeDoneIsRefused(String text, String message) {
    assertThatThrownBy(() -> options("image", text).image()).hasMessageContaining(message);
  }

  @Test
  void aTimeIsNeededToRewriteTimes() {
    ExporterOptions options =
        new ExporterOptions(
            new Exporter("oci", Map.of("rewrite-timestamp", "true")), false, Optional.empty());
    assertThatThrownBy(options::file).hasMessageContaining("SOURCE_DATE_EPOCH");
  }
}
