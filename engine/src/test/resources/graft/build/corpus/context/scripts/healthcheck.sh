#!/bin/sh
test -e /tmp/healthy
