package graft.log;

import graft.error.GraftException;
import graft.runtime.Runtime.Streams.Source;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Where a syslog is and how it wants to be spoken to: the options of Docker's driver, and the
/// messages. Pure.
///
/// Source: RFC 3164, RFC 5424; formats as moby v28.5.2 and its srslog write them.
public record Syslog(Optional<Address> address, int facility, Format format) {
  /// How messages are laid out. `LOCAL` is what a syslog on the same machine expects.
  public enum Format {
    LOCAL,
    RFC3164,
    RFC5424,
    RFC5424_MICRO
  }

  public sealed interface Address {
    /// A socket, of streams or of datagrams: whichever it turns out to be.
    record Unix(Path path) implements Address {}

    record Udp(String host, int port) implements Address {}

    record Tcp(String host, int port) implements Address {}
  }

  private static final int PORT = 514;
  private static final List<String> FACILITIES =
      List.of(
          "kern",
          "user",
          "mail",
          "daemon",
          "auth",
          "syslog",
          "lpr",
          "news",
          "uucp",
          "cron",
          "authpriv",
          "ftp",
          "",
          "",
          "",
          "",
          "local0",
          "local1",
          "local2",
          "local3",
          "local4",
          "local5",
          "local6",
          "local7");
  private static final int DAEMON = 3;
  private static final int ERROR = 3;
  private static final int INFORMATION = 6;

  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("MMM ppd HH:mm:ss", Locale.ROOT);
  private static final DateTimeFormatter SECONDS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ssXXX", Locale.ROOT);
  private static final DateTimeFormatter MICROS =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSSXXX", Locale.ROOT);

  /// From `syslog-address`, `syslog-facility` and `syslog-format`; INVALID in Docker's words.
  public static Syslog of(Map<String, String> options) {
    String address = options.getOrDefault("syslog-address", "");
    return new Syslog(
        address.isEmpty() ? Optional.empty() : Optional.of(address(address)),
        facility(options.getOrDefault("syslog-facility", "")),
        switch (options.getOrDefault("syslog-format", "")) {
          case "" -> Format.LOCAL;
          case "rfc3164" -> Format.RFC3164;
          case "rfc5424" -> Format.RFC5424;
          case "rfc5424micro" -> Format.RFC5424_MICRO;
          default -> throw GraftException.invalid("Invalid syslog format");
        });
  }

  private static Address address(String text) {
    int colon = text.indexOf("://");
    String scheme = colon < 0 ? "" : text.substring(0, colon);
    String rest = colon < 0 ? text : text.substring(colon + 3);
    return switch (scheme) {
      case "unix", "unixgram" -> {
        if (!Files.exists(Path.of(rest))) {
          throw GraftException.invalid("stat " + rest + ": no such file or directory");
        }
        yield new Address.Unix(Path.of(rest));
      }
      case "udp" -> new Address.Udp(host(rest), port(rest));
      case "tcp" -> new Address.Tcp(host(rest), port(rest));
      case "tcp+tls" ->
          throw new GraftException(
              GraftException.Kind.NOT_IMPLEMENTED,
              "syslog-address "
                  + text
                  + ": Graft does not speak TLS to a syslog yet; use udp, tcp"
                  + " or unix");
      default -> throw GraftException.invalid("unsupported scheme: '" + scheme + "'");
    };
  }

  private static int colon(String address) {
    int colon = address.lastIndexOf(':');
    return colon > address.lastIndexOf(']') ? colon : -1;
  }

  private static String host(String address) {
    int colon = colon(address);
    String host = colon < 0 ? address : address.substring(0, colon);
    if (host.isEmpty()) {
      throw GraftException.invalid("syslog-address: the host is missing in " + address);
    }
    return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
  }

  private static int port(String address) {
    int colon = colon(address);
    String port = colon < 0 ? Integer.toString(PORT) : address.substring(colon + 1);
    if (!port.matches("[0-9]{1,5}") || Integer.parseInt(port) > 65535) {
      throw GraftException.invalid("syslog-address: invalid port \"" + port + "\"");
    }
    return Integer.parseInt(port);
  }

  private static int facility(String name) {
    if (name.isEmpty()) {
      return DAEMON;
    }
    int known = FACILITIES.indexOf(name);
    if (known >= 0) {
      return known;
    }
    if (name.matches("[0-9]{1,2}") && Integer.parseInt(name) < FACILITIES.size()) {
      return Integer.parseInt(name);
    }
    throw GraftException.invalid("invalid syslog facility");
  }

  /// One message with its newline. `text` may have one.
  ///
  /// @param pid of this process, which takes the place of the sender's
  byte[] message(Source source, Instant at, String host, String tag, long pid, byte[] text) {
    int priority = facility * 8 + (source == Source.STDERR ? ERROR : INFORMATION);
    var time = at.atZone(ZoneId.systemDefault());
    String head =
        switch (format) {
          case LOCAL -> "<" + priority + ">" + STAMP.format(time) + " " + tag + "[" + pid + "]: ";
          case RFC3164 ->
              "<"
                  + priority
                  + ">"
                  + STAMP.format(time)
                  + " "
                  + host
                  + " "
                  + tag
                  + "["
                  + pid
                  + "]: ";
          case RFC5424 -> modern(priority, SECONDS.format(time), host, tag, pid);
          case RFC5424_MICRO -> modern(priority, MICROS.format(time), host, tag, pid);
        };
    byte[] start = head.getBytes(StandardCharsets.UTF_8);
    boolean ends = text.length > 0 && text[text.length - 1] == '\n';
    byte[] all = new byte[start.length + text.length + (ends ? 0 : 1)];
    System.arraycopy(start, 0, all, 0, start.length);
    System.arraycopy(text, 0, all, start.length, text.length);
    all[all.length - 1] = '\n';
    return all;
  }

  private static String modern(int priority, String time, String host, String tag, long pid) {
    return "<" + priority + ">1 " + time + " " + host + " " + tag + " " + pid + " " + tag + " - ";
  }
}
