/// The files that go into a build: values ([graft.build.source.FileTree]) whose contents lie once,
/// by digest, in a store with a quota ([graft.build.source.DiskFileStore]); what fetches them from
/// elsewhere (`GitSource`, `HttpSource`); and how COPY and ADD choose and write them. All of them
/// are strangers' files: names are resolved inside their root (`Lookup`), whatever links lead
/// where.
///
/// | what | where |
/// | --- | --- |
/// | something to copy from: a context, a stage, an image | `FileSource`: `TreeSource`, `RootSource` |
/// | which of them | `Chosen`, `Glob`; heard by `Used`, `Watched` |
/// | what becomes of them: a sorted tar | `Copier`, `Modes`, `Owners`, `Unpacked`, `TarCopy`, `Piped` |
/// | as it is sent and kept | `ContextTar`, `TreeList` |
@NullMarked
package graft.build.source;

import org.jspecify.annotations.NullMarked;
