/// Networks of containers: the default bridge, its addresses, published ports, host and none.
@NullMarked
package graft.network;

import org.jspecify.annotations.NullMarked;
