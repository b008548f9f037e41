/// The tree of images: who derives from whom, what is shared, what a layer brought in.
@NullMarked
package graft.tree;

import org.jspecify.annotations.NullMarked;
