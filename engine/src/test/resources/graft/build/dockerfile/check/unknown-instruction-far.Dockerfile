FROM busybox
frobnicate echo
