"""A python3 whose pip serves small wheels from a folder; everything else goes to the real python3.

FAKE_PIP_WHEELS  folder with one <requirement>/<wheel> for each requirement that it knows
FAKE_PIP_LOG     file that every requirement asked for is appended to
FAKE_PIP_HANG    requirement that it never finishes downloading
REAL_PYTHON      the python3 for the rest
"""

import os
import shutil
import sys
import time

arguments = sys.argv[1:]
if arguments[:3] == ["-m", "pip", "--version"]:
    print("pip 0 (fake)")
elif arguments[:3] == ["-m", "pip", "download"]:
    requirement, destination = arguments[-1], arguments[arguments.index("--dest") + 1]
    with open(os.environ["FAKE_PIP_LOG"], "a") as log:
        log.write(requirement + "\n")
    folder = os.path.join(os.environ["FAKE_PIP_WHEELS"], requirement.replace("*", "x"))
    if not os.path.isdir(folder):
        sys.exit("ERROR: No matching distribution found for " + requirement)
    (wheel,) = os.listdir(folder)
    print("  Downloading " + wheel + " (1.5 MB)", flush=True)
    if os.environ.get("FAKE_PIP_HANG") == requirement:
        print("hanging", flush=True)
        open(os.path.join(destination, wheel), "wb").close()
        time.sleep(600)
    shutil.copy(os.path.join(folder, wheel), destination)
else:
    os.execv(os.environ["REAL_PYTHON"], ["python3", *arguments])
