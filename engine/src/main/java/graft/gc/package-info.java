/// Mark from the roots that rooms report, sweep content and layers.
@NullMarked
package graft.gc;

import org.jspecify.annotations.NullMarked;
