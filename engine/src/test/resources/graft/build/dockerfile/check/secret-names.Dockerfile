FROM busybox
ARG KEY_FILE TOKENS MY_KEY_ID pass passwd credentials_x
ENV _auth=1 authx=1
