FROM busybox
MAINTAINER "x" 'y'
