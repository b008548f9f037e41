package graft.registry;

import graft.oci.Descriptor;
import graft.oci.Document;

/// What a name stood for when it was asked.
///
/// @param descriptor with the digest that the bytes have
public record Resolved(Descriptor descriptor, Document document) {}
