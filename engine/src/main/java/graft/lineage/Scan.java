package graft.lineage;

import graft.inventory.Inventory;
import graft.oci.Digest;
import java.util.List;

/// What the advisories say of a stack of layers, whoever's layers they are.
///
/// @param database by whose contents
/// @param inventory of the top
/// @param findings the worst first; those that are suppressed are among them
/// @param unknown of which packages the database has nothing at all
public record Scan(
    Digest database, Inventory inventory, List<Finding> findings, List<String> unknown) {
  public Scan {
    findings = List.copyOf(findings);
    unknown = List.copyOf(unknown);
  }
}
