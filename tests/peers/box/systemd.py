"""systemd's manager for tests, as a template of python-dbusmock: it restarts nothing, and writes down
what it was asked for.
"""

BUS_NAME = "org.freedesktop.systemd1"
MAIN_OBJ = "/org/freedesktop/systemd1"
MAIN_IFACE = "org.freedesktop.systemd1.Manager"
SYSTEM_BUS = True


def load(mock, _parameters):
    mock.AddMethod(MAIN_IFACE, "RestartUnit", "ss", "o", 'ret = "/org/freedesktop/systemd1/job/1"')
