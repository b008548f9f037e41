FROM busybox AS a
SHELL ["/bin/sh","-c"]
FROM a
CMD x
