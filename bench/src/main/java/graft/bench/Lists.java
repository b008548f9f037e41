package graft.bench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/// How long the lists take of an engine that has many containers and images: `ps -a` and `images`
/// without a client.
///
/// ```
/// Lists A-HOST B-HOST COUNT RUNS
/// ```
public final class Lists {
  private static final List<String> PATHS =
      List.of("/containers/json?all=1", "/images/json", "/_ping");

  private Lists() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    Api a = Api.of(args[0]);
    Api b = Api.of(args[1]);
    int count = Integer.parseInt(args[2]);
    int runs = Integer.parseInt(args[3]);
    for (Api api : List.of(a, b)) {
      fill(api, count);
    }
    for (String path : PATHS) {
      long[] ofA = new long[runs];
      long[] ofB = new long[runs];
      for (int i = 0; i < runs; i++) {
        ofA[i] = time(a, path);
        ofB[i] = time(b, path);
      }
      Figures wallA = Figures.ofNanos(ofA);
      Figures wallB = Figures.ofNanos(ofB);
      System.out.printf(
          Locale.ROOT,
          "%-22s %s %s %6.2f   with %d containers and images%n",
          path,
          wallA,
          wallB,
          wallA.median() / wallB.median(),
          count);
    }
    for (String host : List.of(args[0], args[1])) {
      Shell.run("docker ps -aq --filter name=gblist | xargs -n 100 docker rm -f", host);
      Shell.run("docker images -q gblist | sort -u | xargs -n 100 docker rmi -f", host);
      Shell.run(
          "docker images --format '{{.Repository}}:{{.Tag}}' 'gblist*' | xargs -n 100 docker rmi -f",
          host);
    }
  }

  private static long time(Api api, String path) throws IOException {
    long start = System.nanoTime();
    api.read(path);
    return System.nanoTime() - start;
  }

  private static void fill(Api api, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      String name = "gblist" + i;
      api.create(name, List.of("true"));
      api.importTar(oneFile(name), name, "CMD [\"" + name + "\"]");
    }
  }

  /// A tar of one file with the text as its name and content.
  private static byte[] oneFile(String text) throws IOException {
    byte[] content = text.getBytes(StandardCharsets.US_ASCII);
    byte[] header = new byte[512];
    System.arraycopy(content, 0, header, 0, content.length);
    put(header, 100, "0000644");
    put(header, 108, "0000000");
    put(header, 116, "0000000");
    put(header, 124, String.format(Locale.ROOT, "%011o", content.length));
    put(header, 136, "00000000000");
    header[156] = '0';
    put(header, 257, "ustar");
    put(header, 263, "00");
    put(header, 148, "        ");
    int sum = 0;
    for (byte b : header) {
      sum += b & 0xff;
    }
    put(header, 148, String.format(Locale.ROOT, "%06o", sum));
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    tar.write(header);
    tar.write(content);
    tar.write(new byte[512 - content.length]);
    tar.write(new byte[1024]);
    return tar.toByteArray();
  }

  private static void put(byte[] header, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }
}
