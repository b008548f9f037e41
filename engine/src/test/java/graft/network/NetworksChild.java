package graft.network;

import com.fasterxml.jackson.databind.ObjectMapper;
import graft.db.Db;
import graft.error.GraftException;
import graft.event.Events;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

/// The room in a process of its own, which a test can put into a network namespace and kill. One
/// command a line, one answer a line:
///
/// - `attach ID NAME NETWORK[@ADDRESS][#ALIAS],... [HOSTIP|HOSTPORT|TARGET]...` answers the sandbox
///   as JSON
/// - `create NAME DRIVER [SUBNET]... [KEY=VALUE]... [internal] [ipv6]` answers the network's id,
///   `remove NAME` answers `ok`
/// - `connect` and `disconnect`, each with `ID NAME NETWORKS NETWORK [PORT]...`, answer the sandbox
/// - `descriptors` answers how many files the process has open
/// - `detach ID`, `restore ID...`, `ipam`, `quit` answer `ok` or a text
/// - `parallel N` attaches N at once and detaches them
/// - `time N` attaches and detaches N times and answers the medians in microseconds
///
/// A refusal answers `error KIND TEXT`, also that of the start, which comes unasked.
///
/// Arguments: the directory, the kind of firewall; then, where they are not the usual ones, the
/// name of the default bridge and its subnet.
final class NetworksChild {
  private static final ObjectMapper JSON = new ObjectMapper();

  private NetworksChild() {}

  public static void main(String[] args) throws IOException {
    Path directory = Path.of(args[0]);
    Networks.Config config =
        new Networks.Config(
            directory,
            args.length > 2 ? args[2] : "graft0",
            args.length > 3 ? Optional.of(args[3]) : Optional.empty(),
            List.of(),
            1500,
            FirewallChoice.valueOf(args[1]),
            "",
            Optional.empty());
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (Closeable _ = Networks.claim(config);
        Db db = Db.open(directory.resolve("db"));
        Networks networks = Networks.open(db, new Events(), config)) {
      String line = in.readLine();
      while (line != null && !line.equals("quit")) {
        String answer;
        try {
          answer = answer(networks, line.split(" "));
        } catch (GraftException e) {
          answer = "error " + e.kind() + " " + e.text();
        }
        System.out.println(answer);
        line = in.readLine();
      }
    } catch (GraftException e) {
      System.out.println("error " + e.kind() + " " + e.text());
      return;
    }
    System.out.println("ok");
  }

  private static String answer(Networks networks, String[] words) throws IOException {
    switch (words[0]) {
      case "attach" -> {
        return JSON.writeValueAsString(networks.attach(request(words)));
      }
      case "create" -> {
        return networks.create(created(words)).id();
      }
      case "remove" -> networks.remove(words[1]);
      case "connect" -> {
        Attachment added = attachment(words[4]);
        return JSON.writeValueAsString(networks.connect(request(words), added));
      }
      case "disconnect" -> {
        Network network = networks.find(words[4]);
        return JSON.writeValueAsString(networks.disconnect(request(words), network));
      }
      case "detach" -> networks.detach(words[1]);
      case "restore" -> networks.restore(List.of(words).subList(1, words.length));
      case "sandbox" -> {
        return JSON.writeValueAsString(networks.sandbox(words[1]).orElseThrow());
      }
      case "ipam" -> {
        return networks.find("bridge").ipam().toString();
      }
      case "descriptors" -> {
        try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
          return Long.toString(open.count());
        }
      }
      case "parallel" -> {
        return parallel(networks, Integer.parseInt(words[1]));
      }
      case "time" -> {
        return time(networks, Integer.parseInt(words[1]), words);
      }
      default -> throw new IllegalArgumentException(words[0]);
    }
    return "ok";
  }

  /// Attaches so many at once and answers how many different addresses they got.
  private static String parallel(Networks networks, int count) {
    Set<String> addresses = ConcurrentHashMap.newKeySet();
    try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < count; i++) {
        String[] request = {"attach", "p" + i, "p" + i, "bridge", "||80/tcp"};
        each.execute(() ->
            addresses.add(networks.attach(request(request)).endpoints().getFirst().address()));
      }
    }
    for (int i = 0; i < count; i++) {
      networks.detach("p" + i);
    }
    return addresses.size() + " addresses";
  }

  private static String time(Networks networks, int rounds, String[] words) {
    List<Long> attach = new ArrayList<>();
    List<Long> detach = new ArrayList<>();
    String[] request = words.clone();
    for (int i = 0; i < rounds; i++) {
      request[1] = "round" + i;
      long start = System.nanoTime();
      networks.attach(request(request));
      long middle = System.nanoTime();
      networks.detach(request[1]);
      attach.add(middle - start);
      detach.add(System.nanoTime() - middle);
    }
    return "attach " + median(attach) + " us, detach " + median(detach) + " us";
  }

  private static long median(List<Long> nanos) {
    return nanos.stream().sorted().skip(nanos.size() / 2).findFirst().orElseThrow() / 1000;
  }

  /// `create NAME DRIVER [SUBNET]... [KEY=VALUE]... [internal] [ipv6]`.
  private static NetworkRequest created(String[] words) {
    List<Network.Pool> pools = new ArrayList<>();
    Map<String, String> options = new HashMap<>();
    boolean internal = false;
    boolean six = false;
    for (String word : List.of(words).subList(3, words.length)) {
      int equals = word.indexOf('=');
      if (word.equals("internal")) {
        internal = true;
      } else if (word.equals("ipv6")) {
        six = true;
      } else if (equals > 0) {
        options.put(word.substring(0, equals), word.substring(equals + 1));
      } else {
        pools.add(Network.Pool.asked(word, "", "", Map.of()));
      }
    }
    return new NetworkRequest(
        words[1],
        words[2],
        true,
        six,
        internal,
        false,
        new Network.Ipam("default", Map.of(), pools),
        options,
        Map.of());
  }

  /// `NETWORK[@ADDRESS][#ALIAS]`.
  private static Attachment attachment(String text) {
    int hash = text.indexOf('#');
    String rest = hash < 0 ? text : text.substring(0, hash);
    List<String> aliases = hash < 0 ? List.of() : List.of(text.substring(hash + 1));
    int at = rest.indexOf('@');
    return new Attachment(
        at < 0 ? rest : rest.substring(0, at),
        at < 0 ? Optional.empty() : Optional.of(rest.substring(at + 1)),
        Optional.empty(),
        List.of(),
        aliases,
        List.of(),
        Optional.empty(),
        Map.of(),
        0);
  }

  private static AttachRequest request(String[] words) {
    SortedMap<String, List<PortBinding>> ports = new TreeMap<>();
    for (int i = 4; i < words.length; i++) {
      String[] parts = words[i].split("\\|");
      if (parts.length < 3) {
        continue;
      }
      ports
          .computeIfAbsent(parts[2], _ -> new ArrayList<>())
          .add(new PortBinding(parts[0], parts[1]));
    }
    return new AttachRequest(
        words[1],
        words[2],
        words[2],
        new NetworkMode.On(Stream.of(words[3].split(",")).map(NetworksChild::attachment).toList()),
        ports,
        Set.of(),
        false,
        List.of(),
        java.util.Optional.empty());
  }
}
