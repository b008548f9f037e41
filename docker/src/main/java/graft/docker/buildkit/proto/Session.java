package graft.docker.buildkit.proto;

import java.io.IOException;
import java.util.List;

/// What the services of a client's session say: `moby.filesync.v1` (logins),
/// `moby.buildkit.secrets.v1`, `moby.sshforward.v1`. Streams of bytes are [Control.BytesMessage]s.
public final class Session {
  private Session() {}

  public record CredentialsRequest(String host) implements Message {
    @Override
    public void write(ProtoWriter out) throws IOException {
      out.text(1, host);
    }
  }

  /// @param secret a password, or an identity token if there is no user name
  public record CredentialsResponse(String username, String secret) {
    public static CredentialsResponse read(ProtoReader in) throws IOException {
      String username = "";
      String secret = "";
      for (int field = in.next(); field != 0; field = in.next()) {
        switch (field) {
          case 1 -> username = in.text();
          case 2 -> secret = in.text();
          default -> in.skip();
        }
      }
      return new CredentialsResponse(username, secret);
    }
  }

  public record GetSecretRequest(String id) implements Message {
    @Override
    public void write(ProtoWriter out) throws IOException {
      out.text(1, id);
    }
  }

  public record GetSecretResponse(byte[] data) {
    public static GetSecretResponse read(ProtoReader in) throws IOException {
      return new GetSecretResponse(Control.BytesMessage.read(in).data());
    }
  }

  public record CheckAgentRequest(String id) implements Message {
    @Override
    public void write(ProtoWriter out) throws IOException {
      out.text(1, id);
    }
  }

  /// An answer that says nothing more.
  public record Nothing() {
    public static Nothing read(ProtoReader in) throws IOException {
      while (in.next() != 0) {
        in.skip();
      }
      return new Nothing();
    }
  }

  /// Asks the client for a registry's token, so that its password stays with it.
  public record FetchTokenRequest(
      String clientId, String host, String realm, String service, List<String> scopes)
      implements Message {
    @Override
    public void write(ProtoWriter out) throws IOException {
      out.text(1, clientId).text(2, host).text(3, realm).text(4, service).texts(5, scopes);
    }
  }

  /// @param seconds for which it is good; 0 if nothing is said
  public record FetchTokenResponse(String token, long seconds) {
    public static FetchTokenResponse read(ProtoReader in) throws IOException {
      String token = "";
      long seconds = 0;
      for (int field = in.next(); field != 0; field = in.next()) {
        switch (field) {
          case 1 -> token = in.text();
          case 2 -> seconds = in.number();
          default -> in.skip();
        }
      }
      return new FetchTokenResponse(token, seconds);
    }
  }
}
