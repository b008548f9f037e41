FROM busybox
ADD --keepgitdir=true a b
