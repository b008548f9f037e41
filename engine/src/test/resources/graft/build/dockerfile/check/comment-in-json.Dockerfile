FROM busybox
CMD ["a", \
  # x
  "b"]
