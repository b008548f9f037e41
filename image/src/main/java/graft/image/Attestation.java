package graft.image;

/// Something that is said of an image and travels beside it: the predicate of an in-toto statement.
/// What it is said of is put to it when the image's manifest is written.
///
/// Source: in-toto attestation framework, statement v0.1; BuildKit, docs/attestations.
///
/// @param predicateType a URL: `https://slsa.dev/provenance/v0.2`, `https://spdx.dev/Document`
/// @param predicate a JSON object
public record Attestation(String predicateType, byte[] predicate) {}
