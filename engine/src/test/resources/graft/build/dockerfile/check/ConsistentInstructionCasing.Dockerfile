FROM busybox
run echo a
Copy a b
ENV A=1
WORKDIR /x
