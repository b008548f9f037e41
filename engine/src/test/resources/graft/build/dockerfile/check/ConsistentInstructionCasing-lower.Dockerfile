from busybox
run echo a
ENV A=1
workdir /x
