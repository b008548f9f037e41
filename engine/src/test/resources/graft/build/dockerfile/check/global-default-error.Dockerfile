ARG A=${B:?needed}
FROM busybox
