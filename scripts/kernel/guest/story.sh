# The guest's story, chrooted into the machine's root. Whatever is said on stdout is a result.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/run/guest CI=true
. /run/out/settings.sh
# What the machine itself left there is no concern of the guest.
rm -rf /tmp/bt-server-* /tmp/doorlab-adapters
mkdir /run/guest
ip link set lo up
# bleno shows it as GAP name.
hostname guest
# LE only: with both kinds of Bluetooth each connect stalls for 40 s.
btvirt -L -s -l2 > /run/out/btvirt.log 2>&1 &
tries=0
while [ ! -e /sys/class/bluetooth/hci1 ] && [ $tries -lt 300 ]; do sleep 0.1; tries=$((tries + 1)); done
hciconfig hci0 up
hciconfig hci1 up
btmon -w /run/out/trace.btsnoop > /dev/null 2>&1 &
monitor=$!
cp -r /run/out/data /run/guest/data
"$DOORLAB_NODE" "$DOORLAB_STORY"
code=$?
kill $monitor
wait $monitor
# Here, since btmon 5.66 falls where the kernel has no Bluetooth.
btmon -T -r /run/out/trace.btsnoop > /run/out/trace.txt 2>&1 && touch /run/out/trace.read
exit $code
