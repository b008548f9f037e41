package graft.image;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import graft.oci.Digest;
import graft.oci.Json;
import java.util.List;

/// In-toto statements: what is said, and of what.
///
/// Source: in-toto attestation framework, statement v0.1.
public final class Statement {
  private static final String TYPE = "https://in-toto.io/Statement/v0.1";

  /// @param name a package URL, or a path
  public record Subject(String name, Digest digest) {}

  private Statement() {}

  public static ObjectNode of(Attestation attestation, List<Subject> subjects) {
    ObjectNode root = Json.MAPPER.createObjectNode();
    root.put("_type", TYPE);
    root.put("predicateType", attestation.predicateType());
    ArrayNode all = root.putArray("subject");
    for (Subject subject : subjects) {
      ObjectNode one = all.addObject();
      one.put("name", subject.name());
      one.putObject("digest").put(subject.digest().algorithm(), subject.digest().hex());
    }
    root.set("predicate", Json.object(attestation.predicate(), "the predicate of an attestation"));
    return root;
  }
}
