"""Work for the workers of tests, to be found by name in another process."""

import os
import time


def square_slowly(number: int) -> tuple[int, int]:
    """The square, and who reckoned it; a negative number is the end of the process."""
    if number < 0:
        os._exit(-number)
    time.sleep(0.02)
    return number * number, os.getpid()
