package graft.images;

import graft.layer.BlockPacker;
import graft.layer.PackedInput;
import graft.linux.Libdeflate;
import graft.oci.Descriptor;
import graft.oci.MediaTypes;
import java.io.InputStream;
import java.util.OptionalInt;

/// How layers are packed that leave this machine.
///
/// @param level of the packer, within its range; empty for the usual one
/// @param force also those that are here in another form, as they were pulled
public record Packing(Form form, OptionalInt level, boolean force) {
  public static final Packing GZIP = new Packing(Form.GZIP, OptionalInt.empty(), false);

  private static final int USUAL_ZSTD = 3;
  private static final BlockPacker USUAL_GZIP =
      Libdeflate.find().<BlockPacker>map(library -> library::gzip).orElse(BlockPacker.ZLIB);

  public enum Form {
    UNCOMPRESSED(MediaTypes.OCI_LAYER),
    GZIP(MediaTypes.OCI_LAYER_GZIP),
    ZSTD(MediaTypes.OCI_LAYER_ZSTD);

    private final String mediaType;

    Form(String mediaType) {
      this.mediaType = mediaType;
    }
  }

  String mediaType() {
    return form.mediaType;
  }

  /// Whether a blob may leave as it is.
  boolean takes(Descriptor blob) {
    return !force || MediaTypes.oci(blob.mediaType()).equals(mediaType());
  }

  /// Names what the bytes of a packed layer depend on.
  String name() {
    return form + (level.isPresent() ? " " + level.getAsInt() : "");
  }

  /// @param tar closed with the stream that is returned
  InputStream pack(InputStream tar) {
    return switch (form) {
      case UNCOMPRESSED -> tar;
      case GZIP ->
          new PackedInput(tar, level.isPresent() ? BlockPacker.zlib(level.getAsInt()) : USUAL_GZIP);
      case ZSTD -> new PackedInput(tar, BlockPacker.zstd(level.orElse(USUAL_ZSTD)));
    };
  }
}
