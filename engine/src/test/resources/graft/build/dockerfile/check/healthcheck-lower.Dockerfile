FROM busybox
healthcheck cmd x
