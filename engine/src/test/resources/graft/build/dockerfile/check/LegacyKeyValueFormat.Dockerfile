FROM busybox
ENV a b
label c d
ENV e f g
