FROM busybox
SHELL ["/bin/sh", "-c"]
CMD echo a
