#!/bin/sh
echo waiting for "$1"
