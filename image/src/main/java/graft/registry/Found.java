package graft.registry;

/// A repository that a search found.
///
/// @param name as it can be pulled
public record Found(String name, String description, int stars, boolean official) {}
