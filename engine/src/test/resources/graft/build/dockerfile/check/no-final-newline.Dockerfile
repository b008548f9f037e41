FROM busybox
RUN echo \
