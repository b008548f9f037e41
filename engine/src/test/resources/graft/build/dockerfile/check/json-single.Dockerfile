FROM busybox
ENTRYPOINT ['a', 'b']
