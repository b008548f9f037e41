FROM busybox
CMD echo a
ENTRYPOINT echo b
