FROM busybox
RUN --network=nat true
