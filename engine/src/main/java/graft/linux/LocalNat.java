package graft.linux;

import java.io.IOException;
import java.net.Inet4Address;
import java.util.ArrayList;
import java.util.List;

/// Address translation for the processes of one network namespace (nf_tables over netlink): what
/// they send to a port of an address goes to another port of it. No program is run for it.
///
/// Source: linux/netfilter/nf_tables.h. Needs Linux 4.18 or later with nf_tables and its NAT.
public final class LocalNat {
  /// @param protocol 6 (TCP) or 17 (UDP)
  public record Redirect(int protocol, int port, int to) {}

  private static final int NEW_TABLE = Nft.SUBSYSTEM << 8;
  private static final int DELETE_TABLE = Nft.SUBSYSTEM << 8 | 2;
  private static final int NEW_CHAIN = Nft.SUBSYSTEM << 8 | 3;
  private static final int NEW_RULE = Nft.SUBSYSTEM << 8 | 6;

  private static final int TABLE_NAME = 1;
  private static final int CHAIN_TABLE = 1;
  private static final int CHAIN_NAME = 3;
  private static final int CHAIN_HOOK = 4 | Nft.NESTED;
  private static final int CHAIN_POLICY = 5;
  private static final int CHAIN_TYPE = 7;
  private static final int HOOK_NUMBER = 1;
  private static final int HOOK_PRIORITY = 2;
  private static final int HOOK_LOCAL_OUT = 3;
  private static final int PRIORITY_DESTINATION = -100;
  private static final int ACCEPT = 1;

  private static final int RULE_TABLE = 1;
  private static final int RULE_CHAIN = 2;
  private static final int RULE_EXPRESSIONS = 4 | Nft.NESTED;
  private static final int ELEMENT = 1 | Nft.NESTED;
  private static final int EXPRESSION_NAME = 1;
  private static final int EXPRESSION_DATA = 2 | Nft.NESTED;
  private static final int REGISTER_1 = 1;
  private static final int REGISTER_2 = 2;

  private static final int META_DESTINATION = 1;
  private static final int META_KEY = 2;
  private static final int META_L4PROTO = 16;
  private static final int PAYLOAD_REGISTER = 1;
  private static final int PAYLOAD_BASE = 2;
  private static final int PAYLOAD_OFFSET = 3;
  private static final int PAYLOAD_LENGTH = 4;
  private static final int NETWORK_HEADER = 1;
  private static final int TRANSPORT_HEADER = 2;
  private static final int IPV4_DESTINATION = 16;
  private static final int DESTINATION_PORT = 2;
  private static final int COMPARE_REGISTER = 1;
  private static final int COMPARE_OPERATION = 2;
  private static final int COMPARE_DATA = 3 | Nft.NESTED;
  private static final int IMMEDIATE_REGISTER = 1;
  private static final int IMMEDIATE_DATA = 2 | Nft.NESTED;
  private static final int NAT_TYPE = 1;
  private static final int NAT_FAMILY = 2;
  private static final int NAT_ADDRESS = 3;
  private static final int NAT_PORT = 5;
  private static final int DESTINATION_NAT = 1;

  private LocalNat() {}

  /// Makes these redirections, and no others in that table, in the calling thread's namespace.
  public static void set(String table, Inet4Address address, List<Redirect> redirects)
      throws IOException {
    List<NetlinkMessage> batch = new ArrayList<>();
    batch.add(Nft.begin());
    // Made, deleted, made: whatever was there is replaced.
    batch.add(Nft.message(NEW_TABLE, Nft.CREATE).text(TABLE_NAME, table));
    batch.add(Nft.message(DELETE_TABLE, 0).text(TABLE_NAME, table));
    batch.add(Nft.message(NEW_TABLE, Nft.CREATE).text(TABLE_NAME, table));
    NetlinkMessage chain = Nft.message(NEW_CHAIN, Nft.CREATE);
    chain.text(CHAIN_TABLE, table).text(CHAIN_NAME, "local");
    int hook = chain.begin(CHAIN_HOOK);
    chain.big(HOOK_NUMBER, HOOK_LOCAL_OUT).big(HOOK_PRIORITY, PRIORITY_DESTINATION).end(hook);
    chain.big(CHAIN_POLICY, ACCEPT).text(CHAIN_TYPE, "nat");
    batch.add(chain);
    for (int i = 0; i < redirects.size(); i++) {
      boolean last = i == redirects.size() - 1;
      NetlinkMessage rule = Nft.message(NEW_RULE, Nft.CREATE | Nft.APPEND | (last ? Nft.ACK : 0));
      rule(rule, table, address.getAddress(), redirects.get(i));
      batch.add(rule);
    }
    batch.add(Nft.end());
    try (Netlink netlink = Netlink.open(Nft.NETLINK_NETFILTER)) {
      netlink.askTogether("redirect ports of " + address.getHostAddress(), batch);
    }
  }

  private static void rule(NetlinkMessage m, String table, byte[] address, Redirect redirect) {
    m.text(RULE_TABLE, table).text(RULE_CHAIN, "local");
    int all = m.begin(RULE_EXPRESSIONS);
    payload(m, NETWORK_HEADER, IPV4_DESTINATION, 4);
    compare(m, address);
    Expression meta = new Expression(m, "meta");
    m.big(META_DESTINATION, REGISTER_1).big(META_KEY, META_L4PROTO);
    meta.end();
    compare(m, (byte) redirect.protocol());
    payload(m, TRANSPORT_HEADER, DESTINATION_PORT, 2);
    compare(m, port(redirect.port()));
    immediate(m, REGISTER_1, address);
    immediate(m, REGISTER_2, port(redirect.to()));
    Expression nat = new Expression(m, "nat");
    m.big(NAT_TYPE, DESTINATION_NAT).big(NAT_FAMILY, Nft.NFPROTO_IPV4);
    m.big(NAT_ADDRESS, REGISTER_1).big(NAT_PORT, REGISTER_2);
    nat.end();
    m.end(all);
  }

  private static byte[] port(int number) {
    return new byte[] {(byte) (number >> 8), (byte) number};
  }

  private static void payload(NetlinkMessage m, int base, int offset, int length) {
    Expression e = new Expression(m, "payload");
    m.big(PAYLOAD_REGISTER, REGISTER_1).big(PAYLOAD_BASE, base);
    m.big(PAYLOAD_OFFSET, offset).big(PAYLOAD_LENGTH, length);
    e.end();
  }

  private static void compare(NetlinkMessage m, byte... value) {
    Expression e = new Expression(m, "cmp");
    m.big(COMPARE_REGISTER, REGISTER_1).big(COMPARE_OPERATION, 0);
    int data = m.begin(COMPARE_DATA);
    m.bytes(Nft.DATA_VALUE, value).end(data);
    e.end();
  }

  private static void immediate(NetlinkMessage m, int register, byte[] value) {
    Expression e = new Expression(m, "immediate");
    m.big(IMMEDIATE_REGISTER, register);
    int data = m.begin(IMMEDIATE_DATA);
    m.bytes(Nft.DATA_VALUE, value).end(data);
    e.end();
  }

  /// One expression of a rule, open until its end.
  private record Expression(NetlinkMessage m, int element, int data) {
    Expression(NetlinkMessage m, String name) {
      this(m, m.begin(ELEMENT), name);
    }

    private Expression(NetlinkMessage m, int element, String name) {
      this(m, element, m.text(EXPRESSION_NAME, name).begin(EXPRESSION_DATA));
    }

    void end() {
      m.end(data).end(element);
    }
  }
}
