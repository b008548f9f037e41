package graft.oci;

/// The media types Graft knows, OCI's and Docker's schema 2.
public final class MediaTypes {
  public static final String OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
  public static final String OCI_INDEX = "application/vnd.oci.image.index.v1+json";
  public static final String OCI_CONFIG = "application/vnd.oci.image.config.v1+json";
  public static final String OCI_LAYER = "application/vnd.oci.image.layer.v1.tar";
  public static final String OCI_LAYER_GZIP = "application/vnd.oci.image.layer.v1.tar+gzip";
  public static final String OCI_LAYER_ZSTD = "application/vnd.oci.image.layer.v1.tar+zstd";
  public static final String DOCKER_MANIFEST =
      "application/vnd.docker.distribution.manifest.v2+json";
  public static final String DOCKER_INDEX =
      "application/vnd.docker.distribution.manifest.list.v2+json";
  public static final String DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";
  public static final String DOCKER_LAYER_GZIP =
      "application/vnd.docker.image.rootfs.diff.tar.gzip";
  public static final String DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar";

  public static final String OCI_EMPTY = "application/vnd.oci.empty.v1+json";
  public static final String IN_TOTO = "application/vnd.in-toto+json";

  private MediaTypes() {}

  /// OCI's name for what Docker has another one for; others as they are.
  public static String oci(String type) {
    return switch (type) {
      case DOCKER_MANIFEST -> OCI_MANIFEST;
      case DOCKER_INDEX -> OCI_INDEX;
      case DOCKER_CONFIG -> OCI_CONFIG;
      case DOCKER_LAYER -> OCI_LAYER;
      case DOCKER_LAYER_GZIP -> OCI_LAYER_GZIP;
      default -> type;
    };
  }

  /// Docker's name for what OCI has another one for; others as they are.
  public static String docker(String type) {
    return switch (type) {
      case OCI_MANIFEST -> DOCKER_MANIFEST;
      case OCI_INDEX -> DOCKER_INDEX;
      case OCI_CONFIG -> DOCKER_CONFIG;
      case OCI_LAYER -> DOCKER_LAYER;
      case OCI_LAYER_GZIP -> DOCKER_LAYER_GZIP;
      default -> type;
    };
  }

  public static boolean isManifest(String type) {
    return type.equals(OCI_MANIFEST) || type.equals(DOCKER_MANIFEST);
  }

  public static boolean isIndex(String type) {
    return type.equals(OCI_INDEX) || type.equals(DOCKER_INDEX);
  }

  public static boolean isLayer(String type) {
    return type.startsWith(OCI_LAYER) || type.startsWith(DOCKER_LAYER);
  }
}
