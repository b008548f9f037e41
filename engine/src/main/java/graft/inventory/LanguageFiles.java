package graft.inventory;

import com.fasterxml.jackson.databind.JsonNode;
import graft.error.GraftException;
import graft.inventory.Inventory.Installed;
import graft.inventory.Inventory.Manager;
import graft.oci.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Small files by which the package managers of languages know what they have installed.
///
/// Source: npm docs, package.json; PyPA, core metadata; RubyGems, specification reference.
final class LanguageFiles {
  private static final Pattern GEM_VERSION =
      Pattern.compile(
          "\\.version\\s*=\\s*(?:Gem::Version\\.new\\s*\\(?\\s*)?[\"']([^\"'\\s]+)[\"']");

  private static final Pattern GEM_NAME = Pattern.compile("\\.name\\s*=\\s*[\"']([^\"'\\s]+)[\"']");

  private static final Pattern GEM_LICENSE =
      Pattern.compile("\\.licenses?\\s*=\\s*\\[?\\s*[\"']([^\"']+)[\"']");

  private LanguageFiles() {}

  /// A `package.json`.
  static List<Installed> npm(String path, byte[] bytes) {
    JsonNode json;
    try {
      json = Json.object(bytes, "package.json");
    } catch (GraftException e) {
      throw new Senseless("it is no JSON object");
    }
    JsonNode license = json.path("license");
    return one(
        path,
        Manager.NPM,
        Json.text(json, "name"),
        Json.text(json, "version"),
        license.isTextual() ? license.textValue() : Json.text(license, "type"));
  }

  /// A `METADATA` or `PKG-INFO`: headers as of mail, up to the first empty line.
  static List<Installed> python(String path, byte[] bytes) {
    String name = "";
    String version = "";
    String license = "";
    for (String line : new String(bytes, StandardCharsets.UTF_8).lines().toList()) {
      if (line.isEmpty()) {
        break;
      }
      int colon = line.indexOf(':');
      if (colon > 0) {
        String value = line.substring(colon + 1).strip();
        switch (line.substring(0, colon)) {
          case "Name" -> name = value;
          case "Version" -> version = value;
          case "License-Expression" -> license = value;
          case "License" -> license = license.isEmpty() ? value : license;
          default -> {
            // Many others, of which nothing is made here.
          }
        }
      }
    }
    return one(path, Manager.PYPI, name, version, license);
  }

  /// A `.gemspec`, which is a program; as RubyGems writes it, it assigns plain texts.
  static List<Installed> gem(String path, byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    return one(
        path,
        Manager.GEM,
        first(GEM_NAME, text),
        first(GEM_VERSION, text),
        first(GEM_LICENSE, text));
  }

  private static String first(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    return matcher.find() ? matcher.group(1) : "";
  }

  private static List<Installed> one(
      String path, Manager manager, String name, String version, String license) {
    if (name.isBlank() || version.isBlank()) {
      throw new Senseless("it names no package, or no version");
    }
    return List.of(Installed.at(path, manager, name, version, license));
  }
}
