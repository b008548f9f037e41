FROM busybox
ONBUILD run x
onbuild RUN y
