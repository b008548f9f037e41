FROM busybox as base
from base AS c
From base as d
