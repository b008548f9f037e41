package graft.images;

/// A container that stands on an image, as a removal has to know of it.
public record ImageUser(String shortId, boolean running) {}
