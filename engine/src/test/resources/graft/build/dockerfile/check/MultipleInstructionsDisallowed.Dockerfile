FROM busybox
CMD ["a"]
CMD ["b"]
ENTRYPOINT ["c"]
entrypoint ["d"]
HEALTHCHECK NONE
HEALTHCHECK CMD x
CMD ["e"]
FROM busybox
CMD ["f"]
