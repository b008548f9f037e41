package graft.content;

import graft.content.ContentStore.Ingest;
import graft.oci.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;

/// A program to be killed: commits blobs, one after the other, and says so on its output.
final class CommitForever {
  private CommitForever() {}

  public static void main(String[] args) throws IOException {
    FileContentStore store = FileContentStore.open(Path.of(args[0]));
    Random random = new Random(Long.parseLong(args[1]));
    while (true) {
      byte[] bytes = new byte[random.nextInt(200_000)];
      random.nextBytes(bytes);
      Digest digest = Digest.of(bytes);
      try (Ingest in = store.ingest(digest.toString())) {
        for (int at = (int) in.offset(); at < bytes.length; at += 10_000) {
          in.write(ByteBuffer.wrap(bytes, at, Math.min(10_000, bytes.length - at)));
        }
        in.commit(bytes.length, digest);
      }
      System.out.println(digest);
    }
  }
}
