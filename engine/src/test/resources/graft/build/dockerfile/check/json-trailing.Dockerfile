FROM busybox
CMD ["a"] # comment
