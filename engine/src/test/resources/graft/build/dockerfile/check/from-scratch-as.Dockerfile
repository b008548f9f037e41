FROM scratch AS scratch
FROM scratch
