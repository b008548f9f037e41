/// HTTP/1.1 to the engine over one connection for each request, to a unix socket or by TLS, with
/// what Docker's API needs beyond it: hijacked connections that can be half-closed.
@NullMarked
package graft.cli.http;

import org.jspecify.annotations.NullMarked;
