package graft.registry;

/// What proves who we are to one registry. Empty strings where there is nothing.
///
/// @param identityToken a refresh token that the registry gave in exchange for the password
/// @param registryToken a bearer token to be sent as it stands
public record Login(String username, String password, String identityToken, String registryToken) {
  public Login(String username, String password) {
    this(username, password, "", "");
  }

  boolean isEmpty() {
    return username.isEmpty() && identityToken.isEmpty() && registryToken.isEmpty();
  }

  /// Without the secrets.
  @Override
  public String toString() {
    return "Login[" + username + "]";
  }
}
