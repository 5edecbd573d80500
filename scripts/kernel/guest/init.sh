#!/bin/sh
# The guest's init: the machine's root below, read-only, a tmpfs over it, a second share for what comes back; then the
# story, and the power off. Results go to the first serial port, the kernel's own words to the second.
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t sysfs sysfs /sys
$b mount -t devtmpfs devtmpfs /dev
while read -r module; do $b insmod "/modules/$module" || echo "insmod $module failed"; done < /modules/order
share=trans=virtio,version=9p2000.L,msize=512000
$b mount -t 9p -o $share,ro,cache=loose root /lower
$b mount -t tmpfs tmpfs /upper
$b mkdir /upper/changed /upper/work
$b mount -t overlay -o lowerdir=/lower,upperdir=/upper/changed,workdir=/upper/work overlay /root
for folder in proc sys dev; do $b mount --move /$folder /root/$folder; done
# Not over /tmp: the project may lie there.
$b mount -t tmpfs tmpfs /root/run
$b mkdir /root/run/out
$b mount -t 9p -o $share,cache=none out /root/run/out
$b stty -F /root/dev/ttyS0 raw
$b chroot /root /bin/sh /run/out/story.sh > /root/dev/ttyS0 2> /root/run/out/story.log < /root/dev/null
echo "{\"ended\":$?}" > /root/dev/ttyS0
$b sync
$b chroot /root /bin/sh -c 'echo o > /proc/sysrq-trigger; sleep 5'
