/// A client for the OCI distribution API: a remote content store that must be asked politely. Start
/// at [graft.registry.Registries]; a [graft.registry.Repository] resolves, downloads and pushes.
/// Secrets stay in here: a login goes to the host it is for and into no message. What is retried is
/// decided by the failure, in `RequestFailed`.
@NullMarked
package graft.registry;

import org.jspecify.annotations.NullMarked;
