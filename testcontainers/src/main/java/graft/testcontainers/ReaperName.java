package graft.testcontainers;

import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.model.VersionPlatform;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.utility.DockerImageName;
import org.testcontainers.utility.ImageNameSubstitutor;

/// Testcontainers has a container of its own, of the image `testcontainers/ryuk`, remove what a run
/// of tests left. Where that image is not on the engine, one that is made on this machine takes its
/// place ([ReaperImage]), so that nothing has to be pulled. All other names stay.
public final class ReaperName extends ImageNameSubstitutor {
  private static final Logger LOG = LoggerFactory.getLogger(ReaperName.class);
  private static final String RYUK = "testcontainers/ryuk";

  @Override
  public DockerImageName apply(DockerImageName original) {
    if (!original.getUnversionedPart().equals(RYUK)) {
      return original;
    }
    DockerClientFactory factory = DockerClientFactory.instance();
    DockerClient client = factory.client();
    if (!isLocalGraft(factory, client) || has(client, original.asCanonicalNameString())) {
      return original;
    }
    try {
      ReaperImage image = ReaperImage.ofThisMachine();
      if (!has(client, image.name())) {
        client.loadImageCmd(image.archive()).exec();
      }
      return DockerImageName.parse(image.name());
    } catch (IOException e) {
      LOG.warn(
          "{} is not here, and no image can be made in its place ({}); it will be pulled",
          original,
          e.toString());
      return original;
    }
  }

  /// Also where `DOCKER_HOST` names it. An engine of another machine may have another C library.
  private static boolean isLocalGraft(DockerClientFactory factory, DockerClient client) {
    VersionPlatform platform = client.versionCmd().exec().getPlatform();
    return platform != null
        && "Graft".equals(platform.getName())
        && "unix".equals(factory.getTransportConfig().getDockerHost().getScheme());
  }

  private static boolean has(DockerClient client, String image) {
    try {
      client.inspectImageCmd(image).exec();
      return true;
    } catch (NotFoundException e) {
      return false;
    }
  }

  @Override
  protected String getDescription() {
    return "an image of this machine in place of " + RYUK;
  }
}
