package graft.tls;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// An authority and what it signed, made by openssl: for each party a directory with `ca.pem`,
/// `cert.pem` and `key.pem`.
///
/// | party | |
/// | --- | --- |
/// | server | for localhost, 127.0.0.1 and ::1 |
/// | renewed | another server for the same names |
/// | misnamed | a server for another name |
/// | client | a client |
/// | expired | a client of yesterday |
/// | stranger | a client of another authority |
/// | distrustful | a client that trusts the other authority alone |
public final class TestCertificates {
  private static final String SCRIPT =
      """
      exec >openssl.log 2>&1
      authority() {
        openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=$1" -keyout $1.key -out $1.pem
      }
      # party authority days usage names
      party() {
        mkdir $1; cp ca.pem $1
        openssl genrsa -traditional -out $1/key.pem 2048
        openssl req -new -key $1/key.pem -subj "/CN=$1" -out $1.csr
        printf 'extendedKeyUsage=%s\\n' $4 >$1.ext
        [ -z "$5" ] || echo "subjectAltName=$5" >>$1.ext
        openssl x509 -req -in $1.csr -CA $2.pem -CAkey $2.key -CAcreateserial -days $3 \\
          -extfile $1.ext -out $1/cert.pem
      }
      authority ca; authority other
      party server ca 2 serverAuth DNS:localhost,IP:127.0.0.1,IP:::1
      party renewed ca 2 serverAuth DNS:localhost,IP:127.0.0.1,IP:::1
      party misnamed ca 2 serverAuth DNS:elsewhere.example
      party client ca 2 clientAuth
      party expired ca -1 clientAuth
      party stranger other 2 clientAuth
      party distrustful ca 2 clientAuth; cp other.pem distrustful/ca.pem
      """;

  private TestCertificates() {}

  public static boolean possible() throws IOException, InterruptedException {
    return bash(Path.of("/"), "command -v openssl >/dev/null") == 0;
  }

  /// Makes them in a new directory.
  public static Path make(Path dir) throws IOException, InterruptedException {
    Files.createDirectories(dir);
    if (bash(dir, SCRIPT) != 0) {
      throw new IOException(Files.readString(dir.resolve("openssl.log")));
    }
    return dir;
  }

  private static int bash(Path dir, String script) throws IOException, InterruptedException {
    return new ProcessBuilder("bash", "-ec", script)
        .directory(dir.toFile())
        .inheritIO()
        .start()
        .waitFor();
  }
}
