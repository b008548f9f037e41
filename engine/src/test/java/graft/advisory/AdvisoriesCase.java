package graft.advisory;

import graft.inventory.Distribution;
import graft.inventory.Inventory;
import graft.inventory.Inventory.Installed;
import graft.inventory.Inventory.Manager;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// A database of advisories, and small words for what is brought into it and asked of it.
abstract class AdvisoriesCase {
  static final Distribution DEBIAN = new Distribution("debian", "12");
  static final Distribution ALPINE = new Distribution("alpine", "3.19.1");

  @TempDir Path directory;
  Advisories advisories;

  @BeforeEach
  void open() throws IOException {
    advisories = Advisories.open(directory);
  }

  static Installed deb(String name, String source, String version) {
    return new Installed(Manager.DPKG, name, version, "amd64", source, version, "", "");
  }

  static Installed apk(String name, String origin, String version) {
    return new Installed(Manager.APK, name, version, "x86_64", origin, version, "", "");
  }

  static Inventory inventory(Distribution distribution, Installed... packages) {
    return new Inventory(distribution, List.of(packages), List.of(), List.of());
  }

  Source bring(String source, String... lines) throws IOException {
    return bring(source, String.join("\n", lines).getBytes(StandardCharsets.UTF_8));
  }

  Source bring(String source, byte[] bytes) throws IOException {
    return advisories.importFrom(source, false, "file", new ByteArrayInputStream(bytes));
  }

  List<String> found(Inventory inventory) throws IOException {
    return advisories.match(inventory).open().stream()
        .map(m ->
            m.vulnerability()
                + " "
                + m.source()
                + " "
                + m.version()
                + " -> "
                + m.fixed().orElse("none")
                + " "
                + m.severity().word())
        .toList();
  }

  static String osv(String id, String ecosystem, String name, String fixed, String more) {
    return "{\"id\":\""
        + id
        + "\",\"modified\":\"2026-01-02T03:04:05Z\","
        + more
        + "\"affected\":[{\"package\":{\"ecosystem\":\""
        + ecosystem
        + "\",\"name\":\""
        + name
        + "\"},\"ranges\":[{\"type\":\"ECOSYSTEM\",\"events\":[{\"introduced\":\"0\"},{\"fixed\":\""
        + fixed
        + "\"}]}]}]}";
  }

  static String vex(String status, String time, String product) {
    return "{\"@context\":\"https://openvex.dev/ns/v0.2.0\",\"@id\":\"urn:vex:"
        + status
        + time
        + "\",\"timestamp\":\""
        + time
        + "\",\"statements\":[{\"vulnerability\":{\"name\":"
        + "\"CVE-2024-1\"},\"status\":\""
        + status
        + "\",\"justification\":"
        + "\"vulnerable_code_not_in_execute_path\",\"products\":["
        + product
        + "]}]}";
  }
}
