FROM busybox
   \
   # c
RUN x
