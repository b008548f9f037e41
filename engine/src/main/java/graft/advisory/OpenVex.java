package graft.advisory;

import com.fasterxml.jackson.databind.JsonNode;
import graft.advisory.Suppression.Product;
import graft.advisory.Suppression.Status;
import graft.oci.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Statements of OpenVEX documents. Source: github.com/openvex/spec, 0.2.0, and the shape of 0.0.x.
final class OpenVex {
  static final String FORMAT = "OpenVEX";

  private OpenVex() {}

  static boolean is(JsonNode document) {
    return Json.text(document, "@context").contains("openvex") && document.has("statements");
  }

  static void read(String where, JsonNode document, Draft draft) throws IOException {
    String id = Json.text(document, "@id");
    String time = Json.text(document, "timestamp");
    boolean used = false;
    for (JsonNode statement : document.path("statements")) {
      Optional<Status> status = Status.of(Json.text(statement, "status"));
      if (status.isEmpty()) {
        draft.skip(where, "a statement with the status '" + Json.text(statement, "status") + "'");
        continue;
      }
      List<Product> products = products(statement.path("products"));
      Set<String> names = names(statement.path("vulnerability"));
      if (products.isEmpty() || names.isEmpty()) {
        draft.skip(where, "a statement without a vulnerability or a product");
        continue;
      }
      String said = Json.text(statement, "timestamp");
      String reason = Json.text(statement, "justification");
      for (String name : names) {
        for (Product product : products) {
          used |=
              draft.add(
                  where,
                  new Suppression(
                      draft.source(),
                      id,
                      name,
                      status.get(),
                      Osv.shortened(
                          reason.isEmpty() ? Json.text(statement, "impact_statement") : reason),
                      Suppression.instant(said.isEmpty() ? time : said),
                      product));
        }
      }
    }
    if (used) {
      draft.read(FORMAT);
    }
  }

  private static Set<String> names(JsonNode vulnerability) {
    Set<String> names = new LinkedHashSet<>();
    if (vulnerability.isTextual()) {
      names.add(vulnerability.textValue());
    } else {
      names.add(Json.text(vulnerability, "name"));
      names.addAll(Json.texts(vulnerability, "aliases").orElse(List.of()));
    }
    names.remove("");
    return names;
  }

  private static List<Product> products(JsonNode array) {
    List<Product> products = new ArrayList<>();
    for (JsonNode product : array) {
      List<String> components = new ArrayList<>();
      product.path("subcomponents").forEach(c -> components.addAll(ids(c)));
      if (!product.path("subcomponents").isEmpty() && components.isEmpty()) {
        // Without the parts that are meant it would be a word on the whole.
        continue;
      }
      ids(product).forEach(id -> products.add(new Product(id, "", components)));
    }
    return products;
  }

  /// By all the ways in which it is named.
  private static Set<String> ids(JsonNode component) {
    Set<String> ids = new LinkedHashSet<>();
    if (component.isTextual()) {
      ids.add(component.textValue());
    } else {
      ids.add(Json.text(component, "@id"));
      ids.add(Json.text(component.path("identifiers"), "purl"));
      String digest = Json.text(component.path("hashes"), "sha-256");
      ids.add(digest.isEmpty() ? "" : "sha256:" + digest);
    }
    ids.remove("");
    return ids;
  }
}
