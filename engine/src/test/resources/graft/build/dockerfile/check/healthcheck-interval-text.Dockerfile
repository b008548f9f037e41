FROM busybox
HEALTHCHECK --interval=x CMD x
