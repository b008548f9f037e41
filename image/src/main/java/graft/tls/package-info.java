/// Keys and certificates in PEM files, as openssl writes them, and the TLS contexts made of them.
/// Knows nothing of who speaks to whom. Start at [graft.tls.Mutual].
@NullMarked
package graft.tls;

import org.jspecify.annotations.NullMarked;
