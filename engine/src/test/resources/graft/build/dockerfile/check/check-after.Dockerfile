FROM busybox
# check=skip=all
CMD x
