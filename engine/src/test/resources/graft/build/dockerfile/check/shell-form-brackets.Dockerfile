FROM busybox
CMD [ -f /x ] && y
