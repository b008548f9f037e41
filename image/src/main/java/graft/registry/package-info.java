/// A client for the OCI distribution API: a remote content store that must be asked politely.
@NullMarked
package graft.registry;

import org.jspecify.annotations.NullMarked;
