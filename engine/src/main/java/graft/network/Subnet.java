package graft.network;

import graft.error.GraftException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Optional;

/// An IP network of either family: its first address, and how many of the bits are fixed.
record Subnet(InetAddress base, int prefix) {
  Subnet {
    if (prefix < 1 || prefix > base.getAddress().length * 8) {
      throw new IllegalArgumentException("prefix length " + prefix);
    }
  }

  /// `10.0.0.0/8` or `fd00::/64`; host bits must be zero.
  static Subnet parse(String text) {
    int slash = text.indexOf('/');
    Optional<InetAddress> address = Ip.parse(text.substring(0, Math.max(slash, 0)));
    String bits = text.substring(slash + 1);
    if (address.isEmpty() || !bits.matches("\\d{1,3}")) {
      throw malformed(text);
    }
    int prefix = Integer.parseInt(bits);
    if (prefix < 1 || prefix > address.get().getAddress().length * 8) {
      throw malformed(text);
    }
    Subnet subnet = of(address.get(), prefix);
    if (!subnet.base.equals(address.get())) {
      throw GraftException.invalid(
          "invalid network config:\ninvalid subnet " + text + ": it should be " + subnet);
    }
    return subnet;
  }

  private static GraftException malformed(String text) {
    return GraftException.invalid(
        "invalid network config:\ninvalid subnet " + text + ": invalid CIDR block notation");
  }

  /// The network that an address lies in.
  static Subnet of(InetAddress address, int prefix) {
    byte[] bytes = address.getAddress();
    for (int bit = prefix; bit < bytes.length * 8; bit++) {
      bytes[bit / 8] &= (byte) ~(0x80 >> bit % 8);
    }
    return new Subnet(inet(bytes), prefix);
  }

  private static InetAddress inet(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  boolean four() {
    return Ip.four(base);
  }

  /// How many addresses it has: 2 to that power.
  int bits() {
    return base.getAddress().length * 8 - prefix;
  }

  /// The n-th address, from 0.
  InetAddress address(long n) {
    byte[] bytes = base.getAddress();
    byte[] sum = number(base).add(BigInteger.valueOf(n)).toByteArray();
    for (int i = 1; i <= bytes.length; i++) {
      bytes[bytes.length - i] = i <= sum.length ? sum[sum.length - i] : 0;
    }
    return inet(bytes);
  }

  /// The inverse of [#address]; empty if it lies elsewhere or beyond what a long can count.
  Optional<Long> offset(InetAddress address) {
    if (!contains(address)) {
      return Optional.empty();
    }
    BigInteger n = number(address).subtract(number(base));
    return n.bitLength() < 63 ? Optional.of(n.longValue()) : Optional.empty();
  }

  private static BigInteger number(InetAddress address) {
    return new BigInteger(1, address.getAddress());
  }

  boolean contains(InetAddress address) {
    return Ip.four(address) == four() && of(address, prefix).base.equals(base);
  }

  boolean contains(Subnet other) {
    return other.prefix >= prefix && contains(other.base);
  }

  boolean overlaps(Subnet other) {
    return four() == other.four() && (contains(other.base) || other.contains(base));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Subnet s
        && prefix == s.prefix
        && Arrays.equals(base.getAddress(), s.base.getAddress());
  }

  @Override
  public int hashCode() {
    return base.hashCode() * 31 + prefix;
  }

  @Override
  public String toString() {
    return Ip.text(base) + "/" + prefix;
  }
}
