FROM busybox
LABEL a="x
y"
