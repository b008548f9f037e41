#!/usr/bin/env docker
# check=skip=all
FROM busybox as x
