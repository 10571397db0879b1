"""A library to load before a daemon (misfortune.c): a wrong clock, no inotify, a stale share."""
import os

from .process import SANITIZER_ENV, run

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "misfortune.c")


class Misfortune:
    """Built once into a folder; its methods give what to add to a daemon's environment."""

    def __init__(self, folder):
        self.library = os.path.join(folder, "misfortune.so")
        run("cc", "-shared", "-fPIC", "-O1", "-o", self.library, SOURCE, "-ldl")

    def _env(self, **names):
        return {"LD_PRELOAD": self.library, **names,
                "ASAN_OPTIONS": SANITIZER_ENV["ASAN_OPTIONS"] + ":verify_asan_link_order=0"}

    def clock_off(self, seconds):
        return self._env(BEDPOST_CLOCK_OFF=str(seconds))

    def no_inotify(self):
        return self._env(BEDPOST_NO_INOTIFY="1")

    def stale_while(self, file, error):
        return self._env(BEDPOST_STALE=file, BEDPOST_STALE_ERROR=str(int(error)))
