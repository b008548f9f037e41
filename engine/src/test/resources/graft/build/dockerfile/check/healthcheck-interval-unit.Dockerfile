FROM busybox
HEALTHCHECK --interval=10x CMD x
