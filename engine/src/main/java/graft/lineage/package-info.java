/// Which image brought a vulnerable package in, and which one has its bytes now: the advisories and
/// the inventories of images, laid over the tree that images form.
///
/// Start at [graft.lineage.Lineage], which asks the other rooms. The rest is values and pure
/// functions: [graft.lineage.Attribution] is the rule.
@NullMarked
package graft.lineage;

import org.jspecify.annotations.NullMarked;
