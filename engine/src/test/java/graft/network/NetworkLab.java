package graft.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import graft.linux.Netlink;
import graft.linux.NetworkNamespaces;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Two network namespaces joined by a wire: `host` (10.99.0.2), where a [NetworksChild] is at work,
/// and `outside` (10.99.0.1), which knows no way to the containers. Nothing is done to the
/// machine's own network.
final class NetworkLab implements AutoCloseable {
  static final String HOST_ADDRESS = "10.99.0.2";
  static final String OUTSIDE_ADDRESS = "10.99.0.1";

  /// For an answer that has to come.
  private static final int PATIENCE_MILLIS = 60_000;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path directory;
  private final Path host;
  private final Path outside;
  private final List<Child> others = new ArrayList<>();
  private @Nullable Child child;

  /// Leaves the tests out where there is not what the lab is made with.
  static void needed() {
    for (String tool : List.of("nft", "iptables", "nsenter")) {
      assumeTrue(Tool.find(tool, Ground.OWN).isPresent(), tool + " is not installed");
    }
  }

  NetworkLab(Path directory) throws IOException {
    this.directory = Files.createDirectories(directory.resolve("run"));
    this.host = directory.resolve("host");
    this.outside = directory.resolve("outside");
    try (NetworkNamespaces.Fresh h = NetworkNamespaces.create(host, () -> true);
        NetworkNamespaces.Fresh o = NetworkNamespaces.create(outside, () -> true)) {
      h.netlink()
          .createVeth(
              new Netlink.Veth("wan0", 0, 1500, "wire", "02:00:00:00:99:01", o.descriptor()));
      wire(h.netlink(), "wan0", HOST_ADDRESS);
      wire(o.netlink(), "wire", OUTSIDE_ADDRESS);
    }
  }

  private static void wire(Netlink netlink, String name, String address) throws IOException {
    int index = netlink.link(name).orElseThrow().index();
    netlink.up(1);
    netlink.addAddress(index, InetAddress.ofLiteral(address), 24);
    netlink.up(index);
  }

  /// The engine's process in the namespace `host`.
  static final class Child {
    private final Process process;
    private final BufferedReader out;
    private final PrintWriter in;

    Child(Process process) {
      this.process = process;
      this.out = process.inputReader(StandardCharsets.UTF_8);
      this.in = new PrintWriter(process.outputWriter(StandardCharsets.UTF_8), true);
    }

    void send(String line) {
      in.println(line);
    }

    String ask(String line) throws IOException {
      in.println(line);
      String answer = out.readLine();
      if (answer == null) {
        throw new IOException("the child ended at: " + line);
      }
      return answer;
    }

    /// The sandbox that the answer to a line is.
    Sandbox sandbox(String line) throws IOException {
      String answer = ask(line);
      assertThat(answer).startsWith("{");
      return JSON.readValue(answer, Sandbox.class);
    }

    /// Makes a network; its id.
    String create(String rest) throws IOException {
      String id = ask("create " + rest);
      assertThat(id).matches("[0-9a-f]{64}");
      return id;
    }

    long pid() {
      return process.pid();
    }

    void kill() {
      process.destroyForcibly().onExit().join();
    }

    /// How many files it has open.
    int descriptors() throws IOException {
      return Integer.parseInt(ask("descriptors"));
    }

    /// Sockets close when the threads that listen have seen it: soon, not at once.
    void closesAllBut(int most) throws IOException, InterruptedException {
      for (int i = 0; i < 600 && descriptors() >= most; i++) {
        Thread.sleep(100);
      }
      assertThat(descriptors()).isLessThan(most);
    }
  }

  /// @param options see [NetworksChild]
  Child start(FirewallChoice firewall, String... options) throws IOException {
    Child started = launch(directory, firewall, options);
    child = started;
    return started;
  }

  /// One more engine on the same host, with a directory of its own.
  ///
  /// @param options name of its default bridge, and the subnet of it
  Child another(String... options) throws IOException {
    Path own = Files.createDirectories(directory.resolveSibling("run-" + others.size()));
    Child started = launch(own, FirewallChoice.NONE, options);
    others.add(started);
    return started;
  }

  private Child launch(Path own, FirewallChoice firewall, String... options) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "nsenter",
                "--net=" + host,
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                NetworksChild.class.getName(),
                own.toString(),
                firewall.name()));
    command.addAll(List.of(options));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    return new Child(process);
  }

  void routeOutsideThroughHost() throws IOException {
    NetworkNamespaces.inside(
        outside,
        () -> {
          try (Netlink netlink = Netlink.open()) {
            int wire = netlink.link("wire").orElseThrow().index();
            netlink.addDefaultRoute(wire, InetAddress.ofLiteral(HOST_ADDRESS));
            return true;
          }
        });
  }

  Path host() {
    return host;
  }

  Path outside() {
    return outside;
  }

  Path run() {
    return directory;
  }

  /// A server that answers each line with a prefix and the peer's address.
  static ServerSocket serve(Path namespace, int port) throws IOException {
    ServerSocket server =
        NetworkNamespaces.inside(
            namespace, () -> new ServerSocket(port, 50, InetAddress.ofLiteral("0.0.0.0")));
    Thread.startVirtualThread(() -> {
      while (!server.isClosed()) {
        try (Socket client = server.accept();
            BufferedReader in =
                new BufferedReader(
                    new InputStreamReader(client.getInputStream(), StandardCharsets.UTF_8));
            PrintWriter out =
                new PrintWriter(client.getOutputStream(), true, StandardCharsets.UTF_8)) {
          out.println(in.readLine() + " from " + client.getInetAddress().getHostAddress());
        } catch (IOException e) {
          return;
        }
      }
    });
    return server;
  }

  /// Says hello from a namespace, and answers what came back.
  static String hello(Path from, String address, int port) throws IOException {
    try (Socket socket = connect(from, address, port, PATIENCE_MILLIS);
        PrintWriter out = new PrintWriter(socket.getOutputStream(), true, StandardCharsets.UTF_8);
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
      out.println("hello");
      return String.valueOf(in.readLine());
    }
  }

  /// For a connection that perhaps is not to be had: a packet that is dropped has no answer.
  static Socket connect(Path from, String address, int port) throws IOException {
    return connect(from, address, port, 2000);
  }

  private static Socket connect(Path from, String address, int port, int millis)
      throws IOException {
    return NetworkNamespaces.inside(
        from,
        () -> {
          Socket socket = new Socket();
          try {
            socket.connect(new InetSocketAddress(InetAddress.ofLiteral(address), port), millis);
            socket.setSoTimeout(PATIENCE_MILLIS);
            return socket;
          } catch (IOException e) {
            socket.close();
            throw new IOException(from + " to " + address + " " + port + ": " + e.getMessage(), e);
          }
        });
  }

  List<String> mounts() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
        .filter(line -> line.contains(directory.resolve("netns").toString()))
        .toList();
  }

  List<Netlink.Link> links() throws IOException {
    return NetworkNamespaces.inside(
        host,
        () -> {
          try (Netlink netlink = Netlink.open()) {
            return netlink.links();
          }
        });
  }

  /// Sends a datagram from a namespace and answers the answer.
  static String datagram(Path from, String address, int port) throws IOException {
    try (DatagramSocket socket = datagramSocket(from)) {
      return datagram(socket, address, port);
    }
  }

  static DatagramSocket datagramSocket(Path from) throws IOException {
    DatagramSocket socket =
        NetworkNamespaces.inside(from, () -> new DatagramSocket(0, InetAddress.ofLiteral("::")));
    socket.setSoTimeout(PATIENCE_MILLIS);
    return socket;
  }

  static String datagram(DatagramSocket socket, String address, int port) throws IOException {
    byte[] hello = "hello".getBytes(StandardCharsets.UTF_8);
    InetSocketAddress to = new InetSocketAddress(InetAddress.ofLiteral(address), port);
    socket.send(new DatagramPacket(hello, hello.length, to));
    DatagramPacket answer = new DatagramPacket(new byte[64], 64);
    socket.receive(answer);
    return new String(answer.getData(), 0, answer.getLength(), StandardCharsets.UTF_8);
  }

  /// What the name server in that namespace answers: addresses, or `code N`.
  static List<String> resolve(Sandbox from, String name, int type) throws IOException {
    DatagramSocket socket =
        NetworkNamespaces.inside(
            Path.of(from.namespace()),
            () -> new DatagramSocket(0, InetAddress.ofLiteral("0.0.0.0")));
    try (socket) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      byte[] query = DnsMessageTest.query(99, name, type);
      InetSocketAddress server = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.11"), 53);
      socket.send(new DatagramPacket(query, query.length, server));
      DatagramPacket packet = new DatagramPacket(new byte[1024], 1024);
      socket.receive(packet);
      byte[] answer = Arrays.copyOf(packet.getData(), packet.getLength());
      if ((answer[3] & 15) != 0) {
        return List.of("code " + (answer[3] & 15));
      }
      List<String> found = new ArrayList<>();
      ByteBuffer in = ByteBuffer.wrap(answer);
      int at = query.length;
      for (int i = 0; i < in.getShort(6); i++) {
        byte[] data = Arrays.copyOfRange(answer, at + 12, at + 12 + in.getShort(at + 10));
        found.add(
            type == DnsMessage.PTR
                ? new String(data, StandardCharsets.ISO_8859_1)
                : Ip.text(InetAddress.getByAddress(data)));
        at += 12 + data.length;
      }
      return found;
    }
  }

  /// Sends back every datagram.
  static DatagramSocket echo(Path namespace, int port) throws IOException {
    DatagramSocket socket =
        NetworkNamespaces.inside(
            namespace, () -> new DatagramSocket(port, InetAddress.ofLiteral("0.0.0.0")));
    Thread.startVirtualThread(() -> {
      DatagramPacket packet = new DatagramPacket(new byte[64], 64);
      while (!socket.isClosed()) {
        try {
          packet.setLength(64);
          socket.receive(packet);
          socket.send(packet);
        } catch (IOException e) {
          return;
        }
      }
    });
    return socket;
  }

  String rules() throws IOException {
    return onHost("nft", "list", "ruleset");
  }

  /// Runs a program in the namespace `host`.
  String onHost(String... command) throws IOException {
    List<String> all = new ArrayList<>(List.of("nsenter", "--net=" + host));
    all.addAll(List.of(command));
    Process process = new ProcessBuilder(all).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.onExit().join();
    return text;
  }

  private static void sweep(Path namespaces) throws IOException {
    if (Files.isDirectory(namespaces)) {
      try (DirectoryStream<Path> left = Files.newDirectoryStream(namespaces)) {
        for (Path namespace : left) {
          NetworkNamespaces.delete(namespace);
        }
      }
    }
  }

  @Override
  public void close() throws IOException {
    if (child != null) {
      child.kill();
    }
    others.forEach(Child::kill);
    try (DirectoryStream<Path> runs =
        Files.newDirectoryStream(directory.toAbsolutePath().resolveSibling("."), "run*")) {
      for (Path run : runs) {
        sweep(run.resolve("netns"));
      }
    }
    NetworkNamespaces.delete(host);
    NetworkNamespaces.delete(outside);
  }
}
