FROM busybox
COPY $A $B $C/
