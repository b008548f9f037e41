package graft.lineage;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/// Where people read about a vulnerability.
final class Links {
  private Links() {}

  static String of(String vulnerability) {
    String name = URLEncoder.encode(vulnerability, StandardCharsets.UTF_8).replace("+", "%20");
    if (vulnerability.startsWith("CVE-")) {
      return "https://nvd.nist.gov/vuln/detail/" + name;
    }
    return vulnerability.startsWith("GHSA-")
        ? "https://github.com/advisories/" + name
        : "https://osv.dev/vulnerability/" + name;
  }
}
