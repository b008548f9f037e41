# Syntax=docker/dockerfile:1
# CHECK=error=false
FROM scratch
