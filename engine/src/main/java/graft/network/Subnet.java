package graft.network;

import graft.error.GraftException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/// An IPv4 network: the first address, as a number, and how many of its bits are fixed.
record Subnet(int base, int prefix) {
  Subnet {
    if (prefix < 1 || prefix > 32) {
      throw new IllegalArgumentException("prefix length " + prefix);
    }
  }

  /// `10.0.0.0/8`; host bits must be zero.
  static Subnet parse(String text) {
    int slash = text.indexOf('/');
    try {
      int address = number(text.substring(0, Math.max(slash, 0)));
      int prefix = Integer.parseInt(text.substring(slash + 1));
      Subnet subnet = of(address, prefix);
      if (subnet.base != address) {
        throw GraftException.invalid(
            "invalid network config:\ninvalid subnet " + text + ": it should be " + subnet);
      }
      return subnet;
    } catch (IllegalArgumentException e) {
      throw new GraftException(
          GraftException.Kind.INVALID,
          "invalid subnet " + text + ": write it as ADDRESS/BITS, like 172.30.0.0/16",
          e);
    }
  }

  /// The network that an address lies in.
  static Subnet of(int address, int prefix) {
    if (prefix < 1 || prefix > 32) {
      throw new IllegalArgumentException("prefix length " + prefix);
    }
    return new Subnet(address & mask(prefix), prefix);
  }

  static int number(String address) {
    if (!address.matches("\\d{1,3}(\\.\\d{1,3}){3}")) {
      throw new IllegalArgumentException("not an IPv4 address: " + address);
    }
    int value = 0;
    for (String part : address.split("\\.")) {
      int octet = Integer.parseInt(part);
      if (octet > 255) {
        throw new IllegalArgumentException("not an IPv4 address: " + address);
      }
      value = value << 8 | octet;
    }
    return value;
  }

  static int number(InetAddress address) {
    return ByteBuffer.wrap(address.getAddress()).getInt();
  }

  static String text(int address) {
    return (address >>> 24)
        + "."
        + (address >>> 16 & 255)
        + "."
        + (address >>> 8 & 255)
        + "."
        + (address & 255);
  }

  static Inet4Address inet(int address) {
    try {
      byte[] bytes = ByteBuffer.allocate(4).putInt(address).array();
      return (Inet4Address) InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  /// How many addresses it has, the network's own and the broadcast address among them.
  long size() {
    return 1L << (32 - prefix);
  }

  int address(int n) {
    return base + n;
  }

  boolean contains(int address) {
    return (address & mask(prefix)) == base;
  }

  boolean overlaps(Subnet other) {
    return prefix <= other.prefix ? contains(other.base) : other.contains(base);
  }

  private static int mask(int prefix) {
    return prefix == 0 ? 0 : -1 << (32 - prefix);
  }

  @Override
  public String toString() {
    return text(base) + "/" + prefix;
  }
}
