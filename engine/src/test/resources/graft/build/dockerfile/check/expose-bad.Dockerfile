FROM busybox
EXPOSE x
