FROM busybox
RUN --device=vendor.com/x=y,reqired=true,foo true
