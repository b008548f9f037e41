FROM base:1
RUN --mount=type=tmpfs,target=/scratch,size=16m dd if=/dev/zero of=/scratch/x bs=1k count=64 && ls -l /scratch | wc -l > /count
RUN --mount=type=bind,target=/ctx ls /ctx | sort > /names
RUN --mount=type=bind,source=app,target=/w,rw echo new > /w/new && test -e /w/new
