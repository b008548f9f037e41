/// What becomes of a build's result outside of the engine's own images: pushed or written as a
/// layout or an archive ([graft.build.output.Exporter]), as plain files (`FilesExport`), as a cache
/// for other engines (`CacheExporter`), with its recipe beside it in a registry (`KeptRecipes`,
/// `RecipeReferrer`), with what it has inside (`Sbom`), and whether a second build makes the same
/// (`Reproduction`).
@NullMarked
package graft.build.output;

import org.jspecify.annotations.NullMarked;
