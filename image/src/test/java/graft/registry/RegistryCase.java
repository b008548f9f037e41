package graft.registry;

import graft.content.MemoryContentStore;
import graft.oci.Reference;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/// A registry that can be made to fail, and who asks it.
abstract class RegistryCase {
  static final Login LOGIN = new Login(FakeRegistry.USER, FakeRegistry.PASSWORD);
  final RecordedPause pause = new RecordedPause();
  final MemoryContentStore store = new MemoryContentStore();
  FakeRegistry fake;
  Registries registries;

  @BeforeEach
  void start() throws Exception {
    fake = new FakeRegistry();
    registries =
        new Registries(
            RegistryOptions.defaults()
                .withCertsDirs(List.of())
                .withEnvironment(Map.of())
                .withPause(pause));
  }

  @AfterEach
  void stop() {
    registries.close();
    fake.close();
  }

  Reference reference(String rest) {
    return Reference.parse(fake.host() + "/" + rest);
  }

  Repository repository(Login login) {
    return registries.repository(reference("a/b"), Credentials.fixed(fake.host(), login));
  }

  Repository repository() {
    return registries.repository(reference("a/b"), Credentials.NONE);
  }

  static byte[] bytes(int size) {
    byte[] all = new byte[size];
    new Random(size).nextBytes(all);
    return all;
  }
}
