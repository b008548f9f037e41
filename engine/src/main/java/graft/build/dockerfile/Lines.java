package graft.build.dockerfile;

/// Lines of a Dockerfile, the first being 1, both ends included.
public record Lines(int first, int last) {}
