FROM busybox
WORKDIR $D/x
