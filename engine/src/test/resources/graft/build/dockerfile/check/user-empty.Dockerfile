FROM busybox
USER $NOPE
