/// The words of the OCI image specification as values: digest, reference, descriptor, platform,
/// manifest, index, image config. Nothing here does I/O. What was hashed is kept as the bytes that
/// were hashed and is never encoded again.
///
/// Start at [graft.oci.Descriptor]; what must not come in: files, sockets, other rooms but `error`.
@NullMarked
package graft.oci;

import org.jspecify.annotations.NullMarked;
