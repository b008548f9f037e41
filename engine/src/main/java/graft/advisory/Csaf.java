package graft.advisory;

import com.fasterxml.jackson.databind.JsonNode;
import graft.advisory.Suppression.Product;
import graft.advisory.Suppression.Status;
import graft.oci.Json;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The product status of CSAF documents. Their other contents, remediations and scores, are had
/// from OSV.
///
/// Source: OASIS CSAF 2.0, 3.2.2 and 3.2.3.
final class Csaf {
  static final String FORMAT = "CSAF";

  private static final Map<String, Status> STATUS =
      Map.of(
          "known_not_affected", Status.NOT_AFFECTED,
          "fixed", Status.FIXED,
          "known_affected", Status.AFFECTED,
          "under_investigation", Status.UNDER_INVESTIGATION);

  private Csaf() {}

  static boolean is(JsonNode document) {
    return document.path("document").has("csaf_version")
        || document.path("document").has("tracking");
  }

  static void read(String where, JsonNode document, Draft draft) throws IOException {
    JsonNode tracking = document.path("document").path("tracking");
    String id = Json.text(tracking, "id");
    Instant time = Suppression.instant(Json.text(tracking, "current_release_date"));
    Map<String, Product> products = products(document.path("product_tree"));
    boolean used = false;
    for (JsonNode vulnerability : document.path("vulnerabilities")) {
      String cve = Json.text(vulnerability, "cve");
      if (cve.isEmpty()) {
        draft.skip(where, "a vulnerability without a CVE");
        continue;
      }
      Map<String, String> reasons = reasons(vulnerability.path("flags"));
      for (Map.Entry<String, Status> status : STATUS.entrySet()) {
        for (JsonNode named : vulnerability.path("product_status").path(status.getKey())) {
          Product product = products.get(named.asText(""));
          if (product == null) {
            draft.skip(where, "a product without a package URL");
            continue;
          }
          used |=
              draft.add(
                  where,
                  new Suppression(
                      draft.source(),
                      id,
                      cve,
                      status.getValue(),
                      reasons.getOrDefault(named.asText(""), ""),
                      time,
                      product));
        }
      }
    }
    if (used) {
      draft.read(FORMAT);
    }
  }

  private static Map<String, String> reasons(JsonNode flags) {
    Map<String, String> reasons = new HashMap<>();
    for (JsonNode flag : flags) {
      for (JsonNode product : flag.path("product_ids")) {
        reasons.put(product.asText(""), Osv.shortened(Json.text(flag, "label")));
      }
    }
    return reasons;
  }

  private record Identity(String purl, String cpe) {
    static Identity of(JsonNode product) {
      JsonNode helper = product.path("product_identification_helper");
      return new Identity(Json.text(helper, "purl"), Json.text(helper, "cpe"));
    }
  }

  /// What each product id means.
  private static Map<String, Product> products(JsonNode tree) {
    Map<String, Identity> plain = new HashMap<>();
    tree.path("full_product_names").forEach(p -> plain.put(productId(p), Identity.of(p)));
    Deque<JsonNode> branches = new ArrayDeque<>();
    branches.add(tree);
    for (JsonNode at = branches.poll(); at != null; at = branches.poll()) {
      JsonNode product = at.path("product");
      if (product.isObject()) {
        plain.put(productId(product), Identity.of(product));
      }
      at.path("branches").forEach(branches::add);
    }
    Map<String, Product> products = new HashMap<>();
    plain.forEach((id, identity) -> {
      if (!identity.purl.isEmpty()) {
        products.put(id, new Product(identity.purl, "", List.of()));
      }
    });
    for (JsonNode relationship : tree.path("relationships")) {
      JsonNode whole = relationship.path("full_product_name");
      Product product =
          within(
              Identity.of(whole),
              plain.get(Json.text(relationship, "product_reference")),
              plain.get(Json.text(relationship, "relates_to_product_reference")));
      if (product != null) {
        products.put(productId(whole), product);
      } else {
        products.remove(productId(whole));
      }
    }
    return products;
  }

  /// A component of a platform: of an image that has a package URL, or of a distribution that has a
  /// CPE. One of something that has neither could be a word on anything, and is left out.
  private static @Nullable Product within(
      Identity whole, @Nullable Identity component, @Nullable Identity platform) {
    String purl = !whole.purl.isEmpty() || component == null ? whole.purl : component.purl;
    if (purl.isEmpty() || platform == null) {
      return null;
    }
    if (!platform.purl.isEmpty()) {
      return new Product(platform.purl, "", List.of(purl));
    }
    return platform.cpe.isEmpty() ? null : new Product(purl, platform.cpe, List.of());
  }

  private static String productId(JsonNode product) {
    return Json.text(product, "product_id");
  }
}
