#!/bin/sh
# The simulator at the device's place in the lab, whatever port it is told to take.
exec ip netns exec device "$LAB_SIMULATOR" "$@" --listen 192.168.4.1 --port 80
