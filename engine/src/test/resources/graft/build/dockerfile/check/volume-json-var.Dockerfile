FROM busybox
VOLUME ["$V"]
