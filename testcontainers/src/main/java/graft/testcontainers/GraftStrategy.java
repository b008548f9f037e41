package graft.testcontainers;

import java.net.URI;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.testcontainers.dockerclient.DockerClientProviderStrategy;
import org.testcontainers.dockerclient.InvalidConfigurationException;
import org.testcontainers.dockerclient.TransportConfig;

/// Makes Testcontainers use Graft. It comes after what a user configured (`DOCKER_HOST`,
/// `~/.testcontainers.properties`) and before every other guess of Testcontainers.
public final class GraftStrategy extends DockerClientProviderStrategy {
  /// Below that of the environment's variables, above that of Docker's socket.
  private static final int PRIORITY = 95;

  private static final Logger LOG = LoggerFactory.getLogger(GraftStrategy.class);

  private final LocalEngine engine;

  /// For the service loader.
  public GraftStrategy() {
    this(LocalEngine.ofThisMachine());
  }

  GraftStrategy(LocalEngine engine) {
    this.engine = engine;
  }

  @Override
  public String getDescription() {
    return "Graft at " + engine.host();
  }

  @Override
  protected int getPriority() {
    return PRIORITY;
  }

  /// Being on the class path is the configuration; it is not to outlive that.
  @Override
  protected boolean isPersistable() {
    return false;
  }

  @Override
  public TransportConfig getTransportConfig() {
    return TransportConfig.builder().dockerHost(URI.create(engine.host())).build();
  }

  /// True once an engine answers.
  ///
  /// @throws InvalidConfigurationException where there is none and none can be started: what was
  ///   tried, and what to do. Testcontainers goes on with its other strategies then, which may find
  ///   a Docker; that is why it is logged as well.
  @Override
  protected boolean test() {
    try {
      engine.ensureRunning();
      return true;
    } catch (NoEngineException e) {
      LOG.warn("Testcontainers will not use Graft: {}", e.getMessage());
      throw new InvalidConfigurationException(e.getMessage(), e);
    }
  }
}
