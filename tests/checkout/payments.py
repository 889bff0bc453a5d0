"""localstripe for tests: on the loopback device only, and with its books in memory only.

usage: payments.py PORT
"""

import sys

from aiohttp import web
from localstripe import resources, server

# Its own command writes all books to one file in /tmp at each request, which several tests would share.
resources.Store.dump_to_disk = lambda self: None

web.run_app(server.app, host="127.0.0.1", port=int(sys.argv[1]), print=None, access_log=None)
