#!/bin/sh
# Makes the phone's side of the lab and the device's, and runs the given command as the phone. Wants
# network, mount and process namespaces of its own (scripts/lib/lab.mjs), with which all of this ends.
set -eu

# No resolver, cache or bus of the machine's may answer for the device.
mount -t tmpfs -o mode=755 tmpfs /run
mount -t sysfs -o ro sysfs /sys
mkdir /run/lock /run/lab
echo 'nameserver 192.168.4.1' >/run/lab/resolv.conf
echo 'hosts: files dns' >/run/lab/nsswitch.conf
for file in resolv.conf nsswitch.conf; do
  # A link that leads into /run, as systemd-resolved makes it, has no end now.
  target=$(readlink -m "/etc/$file")
  mkdir -p "$(dirname "$target")"
  [ -e "$target" ] || : >"$target"
  mount --bind "/run/lab/$file" "$target"
done

if [ -d /var/lib/NetworkManager ]; then
  mount -t tmpfs tmpfs /var/lib/NetworkManager
fi

ip link set lo up
ip netns add device
ip link add phone0 type veth peer name device0 netns device
ip -n device link set lo up
ip -n device address add 192.168.4.1/24 dev device0
ip -n device link set device0 up
# As the device's DHCP server would have it.
ip address add 192.168.4.2/24 dev phone0
ip link set phone0 up
ip route add default via 192.168.4.1

exec "$@"
