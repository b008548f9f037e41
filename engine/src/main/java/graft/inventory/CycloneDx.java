package graft.inventory;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.inventory.Inventory.Installed;
import graft.inventory.Inventory.Missing;
import graft.oci.Digest;
import graft.oci.Json;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;

/// An inventory as a CycloneDX 1.6 document. Pure; the same inventory of the same image makes the
/// same document.
///
/// Source: CycloneDX specification 1.6, bom-1.6.schema.json.
public final class CycloneDx {
  private CycloneDx() {}

  /// @param image its id
  /// @param created to the second
  public static ObjectNode document(Inventory inventory, Digest image, Instant created) {
    ObjectNode root = Json.MAPPER.createObjectNode();
    root.put("$schema", "http://cyclonedx.org/schema/bom-1.6.schema.json");
    root.put("bomFormat", "CycloneDX");
    root.put("specVersion", "1.6");
    root.put(
        "serialNumber",
        "urn:uuid:" + UUID.nameUUIDFromBytes(image.toString().getBytes(StandardCharsets.UTF_8)));
    root.put("version", 1);
    ObjectNode metadata = root.putObject("metadata");
    metadata.put("timestamp", created.truncatedTo(ChronoUnit.SECONDS).toString());
    metadata
        .putObject("tools")
        .putArray("components")
        .addObject()
        .put("type", "application")
        .put("name", "graft");
    ObjectNode whole = metadata.putObject("component");
    whole.put("bom-ref", image.toString());
    whole.put("type", "container");
    whole.put("name", image.toString());
    whole.putArray("hashes").addObject().put("alg", "SHA-256").put("content", image.hex());
    ArrayNode components = root.putArray("components");
    if (!inventory.distribution().id().isEmpty()) {
      system(components.addObject(), inventory.distribution());
    }
    Map<Installed, Missing> missing = new HashMap<>();
    inventory.missing().forEach(one -> missing.put(one.installed(), one));
    int number = 0;
    for (Installed one : inventory.packages()) {
      ObjectNode component = components.addObject();
      component.put("bom-ref", reference(++number));
      add(component, one, inventory.distribution());
      ArrayNode properties = component.putArray("properties");
      property(properties, "manager", one.manager().name().toLowerCase(Locale.ROOT));
      if (one.manager().ofSystem()) {
        property(properties, "source", one.source());
        property(properties, "source-version", one.sourceVersion());
      }
      if (!one.owner().isEmpty()) {
        property(properties, "owner", one.owner());
      }
      Missing gone = missing.get(one);
      if (gone != null) {
        property(properties, "missing", Spdx.missing(gone));
      }
    }
    if (!inventory.skipped().isEmpty()) {
      property(metadata.putArray("properties"), "skipped", Spdx.skipped(inventory));
      ObjectNode composition = root.putArray("compositions").addObject();
      composition.put("aggregate", "incomplete");
      composition.putArray("assemblies").add(image.toString());
    }
    return root;
  }

  /// By which the document names a package of the inventory.
  ///
  /// @param number its place in there, from 1
  public static String reference(int number) {
    return "package-" + number;
  }

  private static void system(ObjectNode into, Distribution distribution) {
    into.put("bom-ref", "system");
    into.put("type", "operating-system");
    into.put("name", distribution.id());
    if (!distribution.version().isEmpty()) {
      into.put("version", distribution.version());
    }
  }

  private static void property(ArrayNode into, String name, String value) {
    into.addObject().put("name", "graft:" + name).put("value", value);
  }

  private static void add(ObjectNode into, Installed one, Distribution distribution) {
    into.put("type", "library");
    String name = one.name();
    int group =
        switch (one.manager()) {
          case MAVEN -> name.indexOf(':');
          case NPM -> name.startsWith("@") ? name.indexOf('/') : -1;
          case DPKG, APK, RPM, PYPI, GEM, GO, CARGO -> -1;
        };
    if (group > 0) {
      into.put("group", name.substring(0, group));
    }
    into.put("name", name.substring(group + 1));
    if (!one.version().isEmpty()) {
      into.put("version", one.version());
    }
    if (!one.maintainer().isEmpty()) {
      into.put("publisher", one.maintainer());
    }
    if (!one.license().isEmpty()) {
      // As text: licenses of databases are no SPDX expressions, or not for sure.
      into.putArray("licenses").addObject().putObject("license").put("name", one.license());
    }
    into.put("purl", Purl.of(one, distribution));
    if (!one.path().isEmpty()) {
      into.putObject("evidence").putArray("occurrences").addObject().put("location", one.path());
    }
  }
}
