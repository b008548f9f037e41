ARG D
FROM busybox${D:+@$D}
