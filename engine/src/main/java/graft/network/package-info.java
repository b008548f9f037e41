/// Networks of containers: bridges with their addresses, outgoing NAT and published ports; macvlan
/// and ipvlan; the host's network, and none; name service for containers; and the text of
/// /etc/hosts and its like. Start at [Networks]: `create` a network, `attach` a container before
/// its process exists, `detach` it when it has ended. Kinds of networks are drivers (`Driver`),
/// packet filters are `Firewall`s. Nothing here knows containers or images.
@NullMarked
package graft.network;

import org.jspecify.annotations.NullMarked;
