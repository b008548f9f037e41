/// The web page of the tree: files that lie in the jar, and nothing else. They ask for
/// `/graft/v1/lineage` as any client does, so page and engine are always of one version. What
/// stands between a browser and the engine's socket is `graft ui`. Start at
/// [graft.docker.ui.PageRoutes].
@NullMarked
package graft.docker.ui;

import org.jspecify.annotations.NullMarked;
