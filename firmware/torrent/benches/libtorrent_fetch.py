"""Fetches one torrent from one peer with libtorrent, as a player would want it, and ends.

Usage: libtorrent_fetch.py TORRENT FOLDER HOST PORT
"""

import sys
import time

import libtorrent

torrent, folder, host, port = sys.argv[1:]
session = libtorrent.session(
    {
        "listen_interfaces": "0.0.0.0:0",
        "enable_dht": False,
        "enable_lsd": False,
        "enable_upnp": False,
        "enable_natpmp": False,
    }
)
info = libtorrent.torrent_info(torrent)
handle = session.add_torrent({"ti": info, "save_path": folder})
handle.set_flags(libtorrent.torrent_flags.sequential_download)
handle.piece_priority(info.num_pieces() - 1, 7)
handle.connect_peer((host, int(port)))
while not handle.status().is_seeding:
    time.sleep(0.02)
# What is left of it in memory goes to the disk.
handle.flush_cache()
session.pause()
