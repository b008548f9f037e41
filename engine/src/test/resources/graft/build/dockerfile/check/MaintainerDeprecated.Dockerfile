FROM busybox
MAINTAINER Somebody
