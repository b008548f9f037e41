FROM busybox
WORKDIR "x
