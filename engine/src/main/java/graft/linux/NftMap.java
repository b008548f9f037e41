package graft.linux;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// Elements of a map of nf_tables, over netlink: what `nft add element` and `nft delete element`
/// do, without a process. All of a call happen together or none does.
///
/// Source: linux/netfilter/nf_tables.h.
public final class NftMap {
  /// Bytes as the kernel has them in its registers: each field of a concatenation in network order,
  /// filled up to four bytes.
  ///
  /// @param value not looked at where elements are deleted
  public record Element(String map, byte[] key, byte[] value) {}

  private static final int NEW_ELEMENT = Nft.SUBSYSTEM << 8 | 12;
  private static final int DELETE_ELEMENT = Nft.SUBSYSTEM << 8 | 14;
  private static final int LIST_TABLE = 1;
  private static final int LIST_MAP = 2;
  private static final int LIST_ELEMENTS = 3 | Nft.NESTED;
  private static final int ELEMENT = 1 | Nft.NESTED;
  private static final int KEY = 1 | Nft.NESTED;
  private static final int DATA = 2 | Nft.NESTED;

  private NftMap() {}

  /// In the calling thread's network namespace, in an IPv4 table.
  public static void add(String table, List<Element> elements) throws IOException {
    change(table, elements, true);
  }

  public static void delete(String table, List<Element> elements) throws IOException {
    change(table, elements, false);
  }

  private static void change(String table, List<Element> elements, boolean add) throws IOException {
    List<NetlinkMessage> batch = new ArrayList<>();
    batch.add(Nft.begin());
    for (int i = 0; i < elements.size(); i++) {
      Element element = elements.get(i);
      int ack = i == elements.size() - 1 ? Nft.ACK : 0;
      NetlinkMessage m =
          add ? Nft.message(NEW_ELEMENT, Nft.CREATE | ack) : Nft.message(DELETE_ELEMENT, ack);
      m.text(LIST_TABLE, table).text(LIST_MAP, element.map());
      int list = m.begin(LIST_ELEMENTS);
      int one = m.begin(ELEMENT);
      value(m, KEY, element.key());
      if (add) {
        value(m, DATA, element.value());
      }
      m.end(one).end(list);
      batch.add(m);
    }
    batch.add(Nft.end());
    try (Netlink netlink = Netlink.open(Nft.NETLINK_NETFILTER)) {
      netlink.askTogether(
          (add ? "add elements to" : "delete elements from") + " the nftables table " + table,
          batch);
    }
  }

  private static void value(NetlinkMessage m, int attribute, byte[] bytes) {
    int at = m.begin(attribute);
    m.bytes(Nft.DATA_VALUE, bytes).end(at);
  }
}
