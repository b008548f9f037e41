/// What registries tell by webhooks: who may tell it, and what of it is believed, which is only
/// that a registry should be asked.
@NullMarked
package graft.docker.hook;

import org.jspecify.annotations.NullMarked;
