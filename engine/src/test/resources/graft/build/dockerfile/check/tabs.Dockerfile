FROM	busybox	AS	x
RUN	echo	a
