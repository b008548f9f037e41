package graft.linux;

import java.io.IOException;

/// The kernel's table of connections it translates (ctnetlink), in the calling thread's network
/// namespace.
///
/// Source: linux/netfilter/nfnetlink_conntrack.h. Deleting by a filter needs Linux 5.8.
public final class Conntrack {
  private static final int NETLINK_NETFILTER = 12;
  private static final int CT_DELETE = 1 << 8 | 2;
  private static final int REQUEST_ACK = 1 | 4;
  private static final int AF_INET = 2;
  private static final int IPPROTO_UDP = 17;

  private static final int NESTED = 0x8000;
  private static final int TUPLE_ORIGINAL = 1 | NESTED;
  private static final int TUPLE_PROTOCOL = 2 | NESTED;
  private static final int PROTOCOL_NUMBER = 1;
  private static final int DESTINATION_PORT = 3;
  private static final int FILTER = 25 | NESTED;
  private static final int FILTER_ORIGINAL = 1;
  private static final int FILTER_REPLY = 2;
  private static final int BY_PROTOCOL_AND_DESTINATION_PORT = 1 << 3 | 1 << 5;

  private Conntrack() {}

  /// Forgets every UDP "connection" to that port. A rule that is made or removed applies to new
  /// ones only, and a client that never pauses never makes a new one.
  public static void forgetUdp(int port) throws IOException {
    NetlinkMessage m = new NetlinkMessage(CT_DELETE, REQUEST_ACK).u8(AF_INET).u8(1).u16(0);
    int tuple = m.begin(TUPLE_ORIGINAL);
    int protocol = m.begin(TUPLE_PROTOCOL);
    m.bytes(PROTOCOL_NUMBER, (byte) IPPROTO_UDP);
    m.bytes(DESTINATION_PORT, (byte) (port >> 8), (byte) port);
    m.end(protocol).end(tuple);
    int filter = m.begin(FILTER);
    m.number(FILTER_ORIGINAL, BY_PROTOCOL_AND_DESTINATION_PORT).number(FILTER_REPLY, 0);
    m.end(filter);
    try (Netlink netlink = Netlink.open(NETLINK_NETFILTER)) {
      netlink.ask("forget UDP connections to port " + port, m, 0);
    }
  }
}
