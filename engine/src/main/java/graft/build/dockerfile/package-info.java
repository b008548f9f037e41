/// The language of Dockerfiles, as the frontend `docker/dockerfile:1` understands it (1.19 and
/// later): a file's bytes → a [graft.build.dockerfile.Dockerfile] of stages and typed
/// [graft.build.dockerfile.Instruction]s, variables ([graft.build.dockerfile.Words]), what
/// `.dockerignore` leaves out ([graft.build.dockerfile.Ignore]), and what lint says of it. Pure
/// functions of values: nothing here reads a file or knows of an engine.
///
/// Messages are BuildKit's where it has one, because clients and people look for them.
@NullMarked
package graft.build.dockerfile;

import org.jspecify.annotations.NullMarked;
