package graft.linux;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A socket to the kernel's network configuration (rtnetlink) in the network namespace it was
/// opened in, where it stays even when the thread that opened it is gone. What `ip link`, `ip
/// address` and `ip route` do, without a process. One request at a time: `this` guards the socket.
public final class Netlink implements AutoCloseable {
  /// @param peer index of the other end of a veth pair, or of a lower device; 0 if none
  /// @param master index of the bridge it is a port of; 0 if none
  /// @param alias what somebody noted at it; mostly empty
  public record Link(
      int index,
      String name,
      String kind,
      String mac,
      boolean up,
      int master,
      int peer,
      String alias) {}

  public record Address(int link, InetAddress address, int prefix) {}

  /// `destination` is empty for the default route.
  public record Route(int link, Optional<InetAddress> destination, int prefix) {}

  /// A pair: `name` here, up, as a port of the bridge `master`; `peerName` in the namespace that
  /// the descriptor stands for, down.
  public record Veth(
      String name, int master, int mtu, String peerName, String peerMac, int namespace) {}

  /// A link on top of another one of this namespace, made in the namespace that the descriptor
  /// stands for, down: `macvlan` or `ipvlan`.
  ///
  /// @param mode the kernel's number of it (`MACVLAN_MODE_*`, `IPVLAN_MODE_*`)
  /// @param flags `IPVLAN_F_*`; 0 for macvlan
  /// @param mac empty: the kernel chooses (an ipvlan has that of its parent)
  public record Upper(
      String kind, int parent, int mode, int flags, String name, String mac, int namespace) {}

  private static final Native.Function SOCKET = Native.ofInt("socket", 3);
  private static final Native.Function SEND = Native.ofLong("send", 4);
  private static final Native.Function RECV = Native.ofLong("recv", 4);

  private static final int AF_INET = 2;
  private static final int AF_INET6 = 10;
  private static final int AF_NETLINK = 16;
  private static final int SOCK_RAW_CLOEXEC = 3 | 0x80000;
  private static final int NETLINK_ROUTE = 0;

  private static final int NLMSG_ERROR = 2;
  private static final int NLMSG_DONE = 3;
  private static final int RTM_NEWLINK = 16;
  private static final int RTM_DELLINK = 17;
  private static final int RTM_GETLINK = 18;
  private static final int RTM_NEWADDR = 20;
  private static final int RTM_GETADDR = 22;
  private static final int RTM_NEWROUTE = 24;
  private static final int RTM_DELROUTE = 25;
  private static final int RTM_GETROUTE = 26;
  private static final int RTM_DELNEIGH = 29;

  private static final int REQUEST = 1;
  private static final int ACK = 4;
  private static final int DUMP = 0x300;
  private static final int CREATE_ONLY = 0x600;

  private static final int IFF_UP = 1;
  private static final int IFLA_ADDRESS = 1;
  private static final int IFLA_IFNAME = 3;
  private static final int IFLA_MTU = 4;
  private static final int IFLA_LINK = 5;
  private static final int IFLA_MASTER = 10;
  private static final int IFLA_LINKINFO = 18;
  private static final int IFLA_IFALIAS = 20;
  private static final int IFLA_NET_NS_FD = 28;
  private static final int INFO_KIND = 1;
  private static final int INFO_DATA = 2;
  private static final int INFO_SLAVE_KIND = 4;
  private static final int INFO_SLAVE_DATA = 5;
  private static final int BRPORT_MODE = 4;
  private static final int BRPORT_ISOLATED = 33;
  private static final int MACVLAN_MODE = 1;
  private static final int IPVLAN_MODE = 1;
  private static final int IPVLAN_FLAGS = 2;
  private static final int VLAN_ID = 1;
  private static final int VETH_PEER = 1;
  private static final int IFA_ADDRESS = 1;
  private static final int IFA_LOCAL = 2;
  private static final int IFA_BROADCAST = 4;
  private static final int IFA_FLAGS = 8;
  private static final int IFA_F_NODAD = 2;
  private static final int RTA_DST = 1;
  private static final int RTA_OIF = 4;
  private static final int RTA_GATEWAY = 5;
  private static final int NDA_DST = 1;
  private static final int RT_TABLE_MAIN = 254;
  private static final int RTPROT_BOOT = 3;
  private static final int RT_SCOPE_LINK = 253;
  private static final int RT_SCOPE_NOWHERE = 255;
  private static final int RTN_UNICAST = 1;

  private static final int RECEIVE = 64 * 1024;

  private final int fd;
  private int sequence;
  private boolean closed;

  private Netlink(int fd) {
    this.fd = fd;
  }

  /// Opens a socket in the namespace of the calling thread.
  public static Netlink open() throws IOException {
    return open(NETLINK_ROUTE);
  }

  /// A socket to another part of the kernel, for the classes of this room that speak with it.
  static Netlink open(int protocol) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      int fd = (int) SOCKET.call(errno, AF_NETLINK, SOCK_RAW_CLOEXEC, protocol);
      if (fd < 0) {
        throw new LinuxException("socket", "netlink", Native.errno(errno));
      }
      return new Netlink(fd);
    }
  }

  public List<Link> links() throws IOException {
    return ask("list links", linkRequest(RTM_GETLINK, DUMP, 0, 0), RTM_NEWLINK).stream()
        .map(Netlink::link)
        .toList();
  }

  public Optional<Link> link(String name) throws IOException {
    try {
      NetlinkMessage request = linkRequest(RTM_GETLINK, ACK, 0, 0).text(IFLA_IFNAME, name);
      return ask("look up link " + name, request, RTM_NEWLINK).stream()
          .map(Netlink::link)
          .findFirst();
    } catch (LinuxException e) {
      if (e.errno() == Errno.ENODEV) {
        return Optional.empty();
      }
      throw e;
    }
  }

  public List<Address> addresses() throws IOException {
    NetlinkMessage request = new NetlinkMessage(RTM_GETADDR, REQUEST | DUMP).u32(0).u32(0);
    List<Address> found = new ArrayList<>();
    for (ByteBuffer m : ask("list addresses", request, RTM_NEWADDR)) {
      Map<Integer, byte[]> attributes = NetlinkMessage.attributes(m, 8, m.limit());
      byte[] address = attributes.getOrDefault(IFA_LOCAL, attributes.get(IFA_ADDRESS));
      if (address != null) {
        found.add(
            new Address(
                m.getInt(4), InetAddress.getByAddress(address), Byte.toUnsignedInt(m.get(1))));
      }
    }
    return found;
  }

  /// The IPv4 routes of the main table.
  public List<Route> routes() throws IOException {
    NetlinkMessage request = new NetlinkMessage(RTM_GETROUTE, REQUEST | DUMP);
    request.u8(AF_INET).u8(0).u8(0).u8(0).u32(0).u32(0);
    List<Route> found = new ArrayList<>();
    for (ByteBuffer m : ask("list routes", request, RTM_NEWROUTE)) {
      if (Byte.toUnsignedInt(m.get(4)) != RT_TABLE_MAIN) {
        continue;
      }
      Map<Integer, byte[]> attributes = NetlinkMessage.attributes(m, 12, m.limit());
      byte[] to = attributes.get(RTA_DST);
      byte[] out = attributes.get(RTA_OIF);
      found.add(
          new Route(
              out == null ? 0 : NetlinkMessage.number(out),
              to == null ? Optional.empty() : Optional.of(InetAddress.getByAddress(to)),
              Byte.toUnsignedInt(m.get(1))));
    }
    return found;
  }

  /// Makes a bridge that is up. Its address is given, so that it does not follow those of its
  /// ports.
  ///
  /// @param alias by which its maker knows it again
  public void createBridge(String name, String mac, int mtu, String alias) throws IOException {
    NetlinkMessage m = linkRequest(RTM_NEWLINK, CREATE_ONLY | ACK, 0, IFF_UP);
    m.text(IFLA_IFNAME, name).bytes(IFLA_ADDRESS, mac(mac)).number(IFLA_MTU, mtu);
    int info = m.begin(IFLA_LINKINFO);
    m.text(INFO_KIND, "bridge").end(info);
    ask("create bridge " + name, m, 0);
    // The kernel passes an alias over where a link is made.
    NetlinkMessage noted = linkRequest(RTM_NEWLINK, ACK, 0, 0);
    noted.text(IFLA_IFNAME, name).text(IFLA_IFALIAS, alias);
    ask("set alias of " + name, noted, 0);
  }

  public void createVeth(Veth veth) throws IOException {
    NetlinkMessage m = linkRequest(RTM_NEWLINK, CREATE_ONLY | ACK, 0, IFF_UP);
    m.text(IFLA_IFNAME, veth.name()).number(IFLA_MTU, veth.mtu());
    m.number(IFLA_MASTER, veth.master());
    int info = m.begin(IFLA_LINKINFO);
    m.text(INFO_KIND, "veth");
    int data = m.begin(INFO_DATA);
    int peer = m.begin(VETH_PEER);
    linkBody(m, 0, 0);
    m.text(IFLA_IFNAME, veth.peerName()).number(IFLA_MTU, veth.mtu());
    m.bytes(IFLA_ADDRESS, mac(veth.peerMac())).number(IFLA_NET_NS_FD, veth.namespace());
    m.end(peer).end(data).end(info);
    ask("create veth pair " + veth.name(), m, 0);
  }

  public void createUpper(Upper upper) throws IOException {
    NetlinkMessage m = linkRequest(RTM_NEWLINK, CREATE_ONLY | ACK, 0, 0);
    m.text(IFLA_IFNAME, upper.name()).number(IFLA_LINK, upper.parent());
    m.number(IFLA_NET_NS_FD, upper.namespace());
    if (!upper.mac().isEmpty()) {
      m.bytes(IFLA_ADDRESS, mac(upper.mac()));
    }
    int info = m.begin(IFLA_LINKINFO);
    m.text(INFO_KIND, upper.kind());
    int data = m.begin(INFO_DATA);
    if (upper.kind().equals("macvlan")) {
      m.number(MACVLAN_MODE, upper.mode());
    } else {
      m.small(IPVLAN_MODE, upper.mode());
      m.small(IPVLAN_FLAGS, upper.flags());
    }
    m.end(data).end(info);
    ask("create " + upper.kind() + " " + upper.name(), m, 0);
  }

  /// Makes a VLAN (802.1Q) link on a parent, up.
  public void createVlan(String name, int parent, int tag) throws IOException {
    NetlinkMessage m = linkRequest(RTM_NEWLINK, CREATE_ONLY | ACK, 0, IFF_UP);
    m.text(IFLA_IFNAME, name).number(IFLA_LINK, parent);
    int info = m.begin(IFLA_LINKINFO);
    m.text(INFO_KIND, "vlan");
    int data = m.begin(INFO_DATA);
    m.small(VLAN_ID, tag).end(data).end(info);
    ask("create vlan " + name, m, 0);
  }

  /// Makes a link that leads nowhere, up.
  public void createDummy(String name) throws IOException {
    NetlinkMessage m = linkRequest(RTM_NEWLINK, CREATE_ONLY | ACK, 0, IFF_UP);
    m.text(IFLA_IFNAME, name);
    int info = m.begin(IFLA_LINKINFO);
    m.text(INFO_KIND, "dummy").end(info);
    ask("create dummy " + name, m, 0);
  }

  public void up(int link) throws IOException {
    ask("set link " + link + " up", linkRequest(RTM_NEWLINK, ACK, link, IFF_UP), 0);
  }

  /// Lets the bridge send back to a port what came from it, so that a container reaches itself by
  /// an address that is translated to its own.
  public void hairpin(String port) throws IOException {
    setPort(port, BRPORT_MODE, "hairpin mode");
  }

  /// Keeps a port of a bridge from talking to other ports that are kept so.
  public void isolate(String port) throws IOException {
    setPort(port, BRPORT_ISOLATED, "isolation");
  }

  private void setPort(String port, int attribute, String what) throws IOException {
    NetlinkMessage m = linkRequest(RTM_NEWLINK, ACK, 0, 0).text(IFLA_IFNAME, port);
    int info = m.begin(IFLA_LINKINFO);
    m.text(INFO_SLAVE_KIND, "bridge");
    int data = m.begin(INFO_SLAVE_DATA);
    m.bytes(attribute, (byte) 1).end(data).end(info);
    ask("set " + what + " of " + port, m, 0);
  }

  /// False if there was no such link.
  public boolean deleteLink(String name) throws IOException {
    try {
      NetlinkMessage m = linkRequest(RTM_DELLINK, ACK, 0, 0).text(IFLA_IFNAME, name);
      ask("delete link " + name, m, 0);
      return true;
    } catch (LinuxException e) {
      if (e.errno() == Errno.ENODEV) {
        return false;
      }
      throw e;
    }
  }

  public void addAddress(int link, InetAddress address, int prefix) throws IOException {
    byte[] bytes = address.getAddress();
    NetlinkMessage m = new NetlinkMessage(RTM_NEWADDR, REQUEST | CREATE_ONLY | ACK);
    m.u8(family(bytes)).u8(prefix).u8(0).u8(0).u32(link);
    m.bytes(IFA_LOCAL, bytes).bytes(IFA_ADDRESS, bytes);
    if (bytes.length == 16) {
      // We give out each address once: nobody has to wait for the neighbours' consent.
      m.number(IFA_FLAGS, IFA_F_NODAD);
    }
    if (bytes.length == 4 && prefix < 31) {
      m.bytes(IFA_BROADCAST, broadcast(bytes, prefix));
    }
    ask("add address " + address.getHostAddress() + "/" + prefix, m, 0);
  }

  public void addDefaultRoute(int link, InetAddress gateway) throws IOException {
    byte[] bytes = gateway.getAddress();
    NetlinkMessage m = new NetlinkMessage(RTM_NEWROUTE, REQUEST | CREATE_ONLY | ACK);
    m.u8(family(bytes)).u8(0).u8(0).u8(0).u8(RT_TABLE_MAIN).u8(RTPROT_BOOT).u8(0);
    m.u8(RTN_UNICAST).u32(0).bytes(RTA_GATEWAY, bytes).number(RTA_OIF, link);
    ask("add default route via " + gateway.getHostAddress(), m, 0);
  }

  /// Everything this namespace does not know better leaves by that link, without a gateway.
  public void addDefaultRoute(int link, boolean six) throws IOException {
    NetlinkMessage m = new NetlinkMessage(RTM_NEWROUTE, REQUEST | CREATE_ONLY | ACK);
    m.u8(six ? AF_INET6 : AF_INET).u8(0).u8(0).u8(0).u8(RT_TABLE_MAIN).u8(RTPROT_BOOT);
    m.u8(six ? 0 : RT_SCOPE_LINK).u8(RTN_UNICAST).u32(0).number(RTA_OIF, link);
    ask("add default route by link " + link, m, 0);
  }

  /// False if there was none.
  public boolean deleteDefaultRoute(boolean six) throws IOException {
    NetlinkMessage m = new NetlinkMessage(RTM_DELROUTE, REQUEST | ACK);
    m.u8(six ? AF_INET6 : AF_INET).u8(0).u8(0).u8(0).u8(RT_TABLE_MAIN).u8(0);
    m.u8(RT_SCOPE_NOWHERE).u8(0).u32(0);
    try {
      ask("delete default route", m, 0);
      return true;
    } catch (LinuxException e) {
      // The second where the table itself does not exist yet.
      if (e.errno() == Errno.ESRCH || e.errno() == Errno.ENOENT) {
        return false;
      }
      throw e;
    }
  }

  /// Makes the link forget which hardware address had this IP address; nothing if it knew none.
  public void forgetNeighbour(int link, InetAddress address) throws IOException {
    byte[] bytes = address.getAddress();
    NetlinkMessage m = new NetlinkMessage(RTM_DELNEIGH, REQUEST | ACK);
    m.u8(family(bytes)).u8(0).u16(0).u32(link).u16(0).u8(0).u8(0).bytes(NDA_DST, bytes);
    try {
      ask("forget neighbour " + address.getHostAddress(), m, 0);
    } catch (LinuxException e) {
      if (e.errno() != Errno.ENOENT) {
        throw e;
      }
    }
  }

  private static NetlinkMessage linkRequest(int type, int flags, int index, int up) {
    return linkBody(new NetlinkMessage(type, REQUEST | flags), index, up);
  }

  private static NetlinkMessage linkBody(NetlinkMessage m, int index, int up) {
    return m.u8(0).u8(0).u16(0).u32(index).u32(up).u32(up);
  }

  private static Link link(ByteBuffer m) {
    Map<Integer, byte[]> attributes = NetlinkMessage.attributes(m, 16, m.limit());
    byte[] none = {0, 0, 0, 0};
    byte[] info = attributes.getOrDefault(IFLA_LINKINFO, new byte[0]);
    ByteBuffer inner = ByteBuffer.wrap(info).order(ByteOrder.nativeOrder());
    byte[] kind =
        NetlinkMessage.attributes(inner, 0, info.length).getOrDefault(INFO_KIND, new byte[0]);
    return new Link(
        m.getInt(4),
        NetlinkMessage.text(attributes.getOrDefault(IFLA_IFNAME, new byte[0])),
        NetlinkMessage.text(kind),
        HexFormat.ofDelimiter(":").formatHex(attributes.getOrDefault(IFLA_ADDRESS, new byte[0])),
        (m.getInt(8) & IFF_UP) != 0,
        NetlinkMessage.number(attributes.getOrDefault(IFLA_MASTER, none)),
        NetlinkMessage.number(attributes.getOrDefault(IFLA_LINK, none)),
        NetlinkMessage.text(attributes.getOrDefault(IFLA_IFALIAS, new byte[0])));
  }

  private static int family(byte[] address) {
    return address.length == 4 ? AF_INET : AF_INET6;
  }

  private static byte[] broadcast(byte[] address, int prefix) {
    int host = prefix == 0 ? -1 : (1 << (32 - prefix)) - 1;
    int value = ByteBuffer.wrap(address).getInt() | host;
    return ByteBuffer.allocate(4).putInt(value).array();
  }

  private static byte[] mac(String text) {
    return HexFormat.ofDelimiter(":").parseHex(text);
  }

  /// Sends one request and gathers the bodies of the answers of that type, until the kernel's
  /// acknowledgement or the end of the dump.
  synchronized List<ByteBuffer> ask(String what, NetlinkMessage request, int answer)
      throws IOException {
    if (closed) {
      throw new IOException(what + ": the netlink socket is closed");
    }
    return exchange(what, request.finish(++sequence), answer);
  }

  /// Sends messages that take effect together, and waits until the one that asks for an
  /// acknowledgement has it. They share a number, so that an error of any of them is heard.
  synchronized void askTogether(String what, List<NetlinkMessage> messages) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    sequence++;
    for (NetlinkMessage message : messages) {
      out.writeBytes(message.finish(sequence));
    }
    exchange(what, out.toByteArray(), 0);
  }

  private List<ByteBuffer> exchange(String what, byte[] out, int answer) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment errno = Native.errnoBuffer(arena);
      MemorySegment data = arena.allocateFrom(ValueLayout.JAVA_BYTE, out);
      if (SEND.call(errno, fd, data.address(), out.length, 0) < 0) {
        throw new LinuxException(what, "", Native.errno(errno));
      }
      MemorySegment in = arena.allocate(RECEIVE, 8);
      List<ByteBuffer> found = new ArrayList<>();
      while (true) {
        long n = RECV.call(errno, fd, in.address(), RECEIVE, 0);
        if (n < 0 && Native.errno(errno) == Errno.EINTR) {
          continue;
        }
        if (n < 0) {
          throw new LinuxException(what, "", Native.errno(errno));
        }
        if (take(what, in.asSlice(0, n).toArray(ValueLayout.JAVA_BYTE), answer, found)) {
          return found;
        }
      }
    }
  }

  /// True when the answer is complete.
  private boolean take(String what, byte[] packet, int answer, List<ByteBuffer> found)
      throws LinuxException {
    ByteBuffer in = ByteBuffer.wrap(packet).order(ByteOrder.nativeOrder());
    int at = 0;
    while (at + NetlinkMessage.HEADER <= packet.length) {
      int length = in.getInt(at);
      int type = Short.toUnsignedInt(in.getShort(at + 4));
      if (length < NetlinkMessage.HEADER || at + length > packet.length) {
        break;
      }
      // An answer to an earlier request that failed half-way is passed over.
      if (in.getInt(at + 8) == sequence) {
        if (type == NLMSG_DONE) {
          return true;
        }
        if (type == NLMSG_ERROR) {
          int error = -in.getInt(at + NetlinkMessage.HEADER);
          if (error != 0) {
            throw new LinuxException(what, "", error);
          }
          return true;
        }
        if (type == answer) {
          int body = length - NetlinkMessage.HEADER;
          found.add(in.slice(at + NetlinkMessage.HEADER, body).order(ByteOrder.nativeOrder()));
        }
      }
      at += (length + 3) & ~3;
    }
    return false;
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    Descriptor.closeQuietly(fd);
  }
}
