FROM busybox
COPY --chmod=999 . /x
