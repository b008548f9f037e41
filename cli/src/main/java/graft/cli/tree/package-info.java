/// The verbs that only Graft has: the tree of images, their layers, and their files without a
/// container.
@NullMarked
package graft.cli.tree;

import org.jspecify.annotations.NullMarked;
