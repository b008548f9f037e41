# escape=`
FROM busybox
ENV A=C:\x `
 B=$NO
