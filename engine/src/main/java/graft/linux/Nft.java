package graft.linux;

/// What all messages to nf_tables have in common: they go in a batch, which takes effect as a
/// whole.
///
/// Source: linux/netfilter/nfnetlink.h, linux/netfilter/nf_tables.h; the form of the messages as
/// `nft --debug=mnl` shows it.
final class Nft {
  static final int NETLINK_NETFILTER = 12;
  static final int SUBSYSTEM = 10;
  static final int ACK = 4;
  static final int CREATE = 0x400;
  static final int APPEND = 0x800;
  static final int NESTED = 0x8000;
  static final int NFPROTO_IPV4 = 2;
  static final int DATA_VALUE = 1;

  private static final int BATCH_BEGIN = 0x10;
  private static final int BATCH_END = 0x11;
  private static final int REQUEST = 1;

  private Nft() {}

  static NetlinkMessage begin() {
    return message(BATCH_BEGIN, 0, 0, SUBSYSTEM);
  }

  static NetlinkMessage end() {
    return message(BATCH_END, 0, 0, SUBSYSTEM);
  }

  /// Of an IPv4 table.
  static NetlinkMessage message(int type, int flags) {
    return message(type, flags, NFPROTO_IPV4, 0);
  }

  private static NetlinkMessage message(int type, int flags, int family, int resource) {
    NetlinkMessage m = new NetlinkMessage(type, REQUEST | flags);
    return m.u8(family).u8(0).u8(resource >> 8).u8(resource);
  }
}
