package graft.client;

import java.util.concurrent.CountDownLatch;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;

/// What somebody's tests do who use Testcontainers, as a program: to run it with an environment of
/// its own, twice, or to kill it.
final class TestcontainersProgram {
  private TestcontainersProgram() {}

  public static void main(String[] arguments) throws InterruptedException {
    switch (arguments[0]) {
      case "reuse" -> {
        GenericContainer<?> container =
            new GenericContainer<>("busybox").withCommand("sleep", "1000").withReuse(true);
        container.start();
        System.out.println(container.getContainerId());
      }
      case "hang" -> {
        GenericContainer<?> container =
            new GenericContainer<>("busybox")
                .withNetwork(Network.newNetwork())
                .withCommand("sleep", "1000");
        container.start();
        System.out.println("started " + container.getContainerId());
        new CountDownLatch(1).await();
      }
      default -> throw new IllegalArgumentException(arguments[0]);
    }
  }
}
