/// Containers: what was asked, how it stands, and every change of it.
@NullMarked
package graft.container;

import org.jspecify.annotations.NullMarked;
