FROM busybox
VOLUME ${NOPE}
