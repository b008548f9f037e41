package graft.images;

import static org.assertj.core.api.Assertions.assertThat;

import graft.oci.Descriptor;
import graft.oci.Digest;
import graft.oci.Document;
import graft.oci.Platform;
import graft.oci.Reference;
import graft.registry.Credentials;
import graft.registry.FakeRegistry;
import graft.registry.Registries;
import graft.registry.RegistryOptions;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class RemoteTagsTest {
  @Test
  void numbersCountAsNumbers() {
    assertThat(
            Stream.of("1.10", "latest", "1.9", "1.9-alpine", "01.9", "2", "10", "1.9.1")
                .sorted(RemoteTags.NATURAL)
                .toList())
        .containsExactly("01.9", "1.9", "1.9-alpine", "1.9.1", "1.10", "2", "10", "latest");
  }

  @Test
  void eachTagSaysForWhomItIsAndHowMuch() throws Exception {
    try (FakeRegistry registry = new FakeRegistry();
        Registries registries = new Registries(RegistryOptions.defaults())) {
      Platform host = Platform.host();
      String architecture = host.architecture().equals("arm64") ? "amd64" : "arm64";
      Platform other = new Platform("linux", architecture);
      Document.Manifest mine = image(registry, "mine", host, 1000);
      Document.Manifest theirs = image(registry, "theirs", other, 2000);
      registry.addManifest(
          "web",
          "both",
          Document.Index.create(List.of(entry(theirs, other), entry(mine, host)), Map.of()));
      registry.addManifest("web", "broken", mine);
      Reference name = Reference.parse(registry.host() + "/web");
      RemoteTags tags = new RemoteTags(registries.repository(name, Credentials.NONE));
      assertThat(tags.names(tag -> !tag.equals("broken")))
          .containsExactly("theirs", "mine", "both");
      List<RemoteTags.Tag> all = tags.look(name, List.of("both", "theirs", "nope"));
      assertThat(all).extracting(RemoteTags.Tag::name).containsExactly("both", "theirs", "nope");
      assertThat(all.get(0).platforms()).containsExactly(other, host);
      assertThat(all.get(0).size()).isEqualTo(mine.config().size() + 1000);
      assertThat(all.get(1).platforms()).containsExactly(other);
      assertThat(all.get(1).size()).isEqualTo(theirs.config().size() + 2000);
      assertThat(all.get(2).trouble()).isPresent();
    }
  }

  private static Document.Manifest image(
      FakeRegistry registry, String tag, Platform platform, int size) {
    String config =
        "{\"os\":\"linux\",\"architecture\":\""
            + platform.architecture()
            + "\",\"rootfs\":{\"type\":\"layers\",\"diff_ids\":[\""
            + Digest.of(new byte[] {1})
            + "\"]}}";
    return registry.addImage("web", tag, config.getBytes(StandardCharsets.UTF_8), new byte[size]);
  }

  private static Descriptor entry(Document.Manifest manifest, Platform platform) {
    Descriptor d = manifest.descriptor();
    return new Descriptor(d.mediaType(), d.digest(), d.size(), Map.of(), Optional.of(platform));
  }
}
