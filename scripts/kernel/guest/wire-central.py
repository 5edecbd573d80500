"""BlueZ as a central of its own: reads Device Information and lock-status over D-Bus, and carries one signed set by the
steps of docs/WIRE.md, from which alone this is written. Prints a JSON object a line; the last has the receipt's outcome."""
import hashlib
import hmac
import json
import os
import sys
import urllib.request

import dbus
import dbus.mainloop.glib
from gi.repository import GLib

CLOUD, TOKEN_FILE, DOOR = sys.argv[1:4]
UUID = "d00b1ab0-000%d-4000-8000-a1b2c3d4e5f6"
SERVICE, STATUS, CONTROL, DATA = (UUID % n for n in (1, 2, 3, 5))
MODEL, FIRMWARE = ("0000%s-0000-1000-8000-00805f9b34fb" % short for short in ("2a24", "2a26"))
HELLO, OFFER, HELLO_ANSWER, OFFER_ANSWER, RECEIPT, REFUSAL, ACK = 1, 3, 65, 67, 69, 70, 71
WINDOW, CHUNK = 64, 4096
CONNECTS, WAIT_S = 4, 40


def say(**what):
    print(json.dumps(what), flush=True)


# WIRE 2: the little of CBOR that a hello and an offer's answer need.
def head(major, n):
    if n < 24:
        return bytes([major << 5 | n])
    return bytes([major << 5 | 24, n]) if n < 256 else bytes([major << 5 | 25]) + n.to_bytes(2, "big")


def hello(*fields):
    body = head(5, len(fields))
    for at, value in enumerate(fields):
        body += head(0, at + 1) + (head(0, value) if isinstance(value, int) else head(2, len(value)) + value)
    return body


def decode(data, at=0):
    major, n, at = data[at] >> 5, data[at] & 31, at + 1
    if major == 7:
        return {20: False, 21: True, 22: None}[n], at
    if n >= 24:
        size = 1 << n - 24
        n, at = int.from_bytes(data[at : at + size], "big"), at + size
    if major == 0:
        return n, at
    if major in (2, 3):
        return data[at : at + n], at + n
    result = {}
    for _ in range(n):
        key, at = decode(data, at)
        result[key], at = decode(data, at)
    return result, at


def mac(key, *parts):
    return hmac.new(key, b"".join(parts), hashlib.sha256).digest()


def call(path, body=None, method=None):
    request = urllib.request.Request(CLOUD + "/api/v1" + path, method=method)
    with open(TOKEN_FILE) as file:
        request.add_header("authorization", "Bearer " + file.read().strip())
    if body is not None:
        request.add_header("content-type", "application/json")
        request.data = json.dumps(body).encode()
    with urllib.request.urlopen(request, timeout=60) as reply:
        return reply.read()


dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
bus, loop = dbus.SystemBus(), GLib.MainLoop()
objects = lambda: dbus.Interface(bus.get_object("org.bluez", "/"), "org.freedesktop.DBus.ObjectManager").GetManagedObjects()
face = lambda path, name: dbus.Interface(bus.get_object("org.bluez", path), name)
prop = lambda path, name, key: face(path, "org.freedesktop.DBus.Properties").Get(name, key)


def until(holds, seconds=WAIT_S):
    """Runs the main loop until `holds` gives something; None after the wait."""
    late = []
    timer = GLib.timeout_add_seconds(seconds, lambda: late.append(1))
    tick = GLib.timeout_add(50, lambda: True)
    found = holds()
    while not found and not late:
        loop.get_context().iteration(True)
        found = holds()
    GLib.source_remove(tick)
    if not late:
        GLib.source_remove(timer)
    return found


def find_device():
    for path, faces in objects().items():
        device = faces.get("org.bluez.Device1")
        if device and path.startswith("/org/bluez/hci0/") and SERVICE in device.get("UUIDs", []):
            return path


class Talk:
    def __init__(self, device):
        found = {f["org.bluez.GattCharacteristic1"]["UUID"]: path for path, f in objects().items() if path.startswith(device) and "org.bluez.GattCharacteristic1" in f}
        self.paths, self.messages, self.part, self.sequence = found, [], b"", 0
        self.room = int(prop(found[CONTROL], "org.bluez.GattCharacteristic1", "MTU")) - 3
        bus.add_signal_receiver(self.changed, "PropertiesChanged", path=found[CONTROL])

    def at(self, uuid):
        return face(self.paths[uuid], "org.bluez.GattCharacteristic1")

    def read(self, uuid):
        return bytes(self.at(uuid).ReadValue({}))

    def write(self, uuid, value, kind):
        self.at(uuid).WriteValue(dbus.Array(value, signature="y"), {"type": kind})

    def changed(self, _face, changes, _gone):
        if "Value" in changes:  # WIRE 9.1
            value = bytes(changes["Value"])
            self.part += value[2:]
            if value[0] & 0x80:
                self.messages.append((value[0] & 0x7F, self.part))
                self.part = b""

    def send(self, kind, body):
        size = self.room - 2
        parts = [body[at : at + size] for at in range(0, len(body), size)]
        for at, part in enumerate(parts):
            last = 0x80 if at == len(parts) - 1 else 0
            self.write(CONTROL, bytes([kind | last, self.sequence % 256]) + part, "request")
            self.sequence += 1

    def next(self):
        until(lambda: self.messages)
        kind, body = self.messages.pop(0) if self.messages else (None, b"")
        if kind == REFUSAL or kind is None:
            raise RuntimeError("refused: %s" % decode(body)[0] if kind else "no answer")
        return kind, body


def sync(talk, door, base):
    delivery = json.loads(call("/doors/%s/deliveries" % door["doorId"], method="POST"))
    package = call("/doors/%s/package" % door["doorId"])  # WIRE 7.4
    size = int.from_bytes(package[:2], "big")
    manifest, sealed = package[2 : 2 + size], package[2 + size :]
    key, nonce = bytes.fromhex(door["advertisingKey"]), os.urandom(16)
    talk.at(CONTROL).StartNotify()
    # WIRE 9.2
    cloud_nonce = bytes.fromhex(delivery["cloudNonce"])
    proof = mac(key, b"doorlab/hello/1/connection", base[18:26], nonce, cloud_nonce)[:8]
    talk.send(HELLO, hello(1, nonce, cloud_nonce, 0, proof))
    kind, body = talk.next()
    assert kind == HELLO_ANSWER, "%d in the place of the hello's answer" % kind
    say(greeted=True)
    # WIRE 9.5 and 9.6
    offer, f = 1, min(241, talk.room - 3)
    talk.send(OFFER, bytes([offer]) + f.to_bytes(2, "big") + manifest)
    kind, body = talk.next()
    assert kind == OFFER_ANSWER, "%d in the place of the offer's answer" % kind
    per = -(-CHUNK // f)
    frames = [sealed[c : c + CHUNK][n * f : n * f + f] for c in range(0, len(sealed), CHUNK) for n in range(per)]
    limit, lowest, sent = min(5 * per, len(frames)), 0, 0
    while True:
        while sent < min(limit, lowest + WINDOW, len(frames)):
            talk.write(DATA, bytes([offer]) + sent.to_bytes(2, "big") + frames[sent], "command")
            sent += 1
        kind, body = talk.next()
        if kind == RECEIPT:
            result = json.loads(call("/doors/%s/receipts" % door["doorId"], {"receipt": body.hex()}))
            return say(outcome=result["outcome"], frames=sent, state=result["sync"]["state"])
        if kind == ACK:
            lowest, limit = int.from_bytes(body[1:3], "big"), int.from_bytes(body[11:13], "big")


def meet(adapter, door):
    adapter.SetDiscoveryFilter({"Transport": "le", "UUIDs": dbus.Array([SERVICE], signature="s")})
    device = None
    for _ in range(CONNECTS):
        adapter.StartDiscovery()
        device = until(find_device, 15)
        adapter.StopDiscovery()
        if device:
            break
    if not device:
        raise RuntimeError("no lock on the air")
    face(device, "org.bluez.Device1").Connect(timeout=WAIT_S)
    if not until(lambda: prop(device, "org.bluez.Device1", "ServicesResolved")):
        raise RuntimeError("services were not resolved")
    talk = Talk(device)
    status = talk.read(STATUS)
    say(status=status.hex())
    return talk, status, device


def main():
    doors = json.loads(call("/courier/doors"))["items"]
    door = next(door for door in doors if door["doorName"] == DOOR)
    until(lambda: "/org/bluez/hci0" in objects())
    adapter = face("/org/bluez/hci0", "org.bluez.Adapter1")
    face("/org/bluez/hci0", "org.freedesktop.DBus.Properties").Set("org.bluez.Adapter1", "Powered", True)
    for attempt in range(CONNECTS):
        try:
            talk, status, device = meet(adapter, door)
            sync(talk, door, status)
            break
        except (RuntimeError, AssertionError, dbus.DBusException, KeyError) as error:
            say(attempt=attempt, error=str(error))
    else:
        return 1
    talk, status, device = meet(adapter, door)
    say(model=talk.read(MODEL).decode(), firmware=talk.read(FIRMWARE).decode())
    return 0


sys.exit(main())
