/// `graft ui`: what stands between a browser on this machine and the engine's socket. It listens on
/// loopback, lets in who has the key, and passes on what the page needs. The page itself comes from
/// the engine. Start at [graft.cli.ui.Gateway].
@NullMarked
package graft.cli.ui;

import org.jspecify.annotations.NullMarked;
