/// Networks of containers: the default bridge with its addresses, outgoing NAT and published ports,
/// the host's network, and none; and the text of /etc/hosts and its like. Start at [Networks]:
/// `attach` before a container's process exists, `detach` when it has ended. Kinds of networks are
/// drivers (`Driver`), packet filters are `Firewall`s. Nothing here knows containers or images.
@NullMarked
package graft.network;

import org.jspecify.annotations.NullMarked;
