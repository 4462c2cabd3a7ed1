"""A phone on the network: finds boxes by mDNS, with python-zeroconf, and calls them.

  client.py browse COUNT SECONDS ADDRESS   waits for COUNT boxes; prints them as JSON
  client.py get ADDRESS PORT HOST PATH     asks with that Host header; prints status and body
"""

import http.client
import json
import sys
import time

from zeroconf import ServiceBrowser, ServiceListener, Zeroconf

SERVICE = "_hearth._tcp.local."


class Boxes(ServiceListener):
    def __init__(self):
        self.names = set()

    def add_service(self, zeroconf, kind, name):
        self.names.add(name)

    def update_service(self, zeroconf, kind, name):
        self.names.add(name)

    def remove_service(self, zeroconf, kind, name):
        self.names.discard(name)


def described(zeroconf, name):
    info = zeroconf.get_service_info(SERVICE, name, timeout=3000)
    if info is None:
        return None
    return {
        "name": name,
        "host": info.server,
        "port": info.port,
        "addresses": info.parsed_addresses(),
        "txt": {key.decode(): value.decode() for key, value in info.properties.items()},
    }


def browse(count, seconds, address):
    zeroconf = Zeroconf(interfaces=[address])
    boxes = Boxes()
    ServiceBrowser(zeroconf, SERVICE, boxes)
    until = time.monotonic() + seconds
    found = []
    while time.monotonic() < until:
        found = [box for name in sorted(boxes.names) if (box := described(zeroconf, name))]
        if len(found) >= count:
            break
        time.sleep(0.1)
    zeroconf.close()
    print(json.dumps(found))


def get(address, port, host, path):
    connection = http.client.HTTPConnection(address, port, timeout=20)
    connection.request("GET", path, headers={"Host": host})
    answer = connection.getresponse()
    body = answer.read().decode()
    print(json.dumps({"status": answer.status, "body": json.loads(body)}))


task, *words = sys.argv[1:]
if task == "browse":
    browse(int(words[0]), float(words[1]), words[2])
else:
    get(words[0], int(words[1]), words[2], words[3])
