/// TLS before the HTTP server: what comes by TCP is let through to its unix socket once the client
/// has shown its certificate. Knows no HTTP. Start at [graft.docker.tls.TlsListener].
@NullMarked
package graft.docker.tls;

import org.jspecify.annotations.NullMarked;
