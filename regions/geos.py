"""One thread at a time asks prepared shapes.

GEOS completes a prepared shape, and a tree of shapes, while it is asked the first time; shapely asks without the lock
of Python. Shapes are kept for the whole process: two threads that asked the same one at once crashed the server.
"""

from threading import RLock

one_at_a_time = RLock()
