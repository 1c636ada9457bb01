"""Install what the tests need from the system: Chromium, Java for Spark, what checks the units of systemd; with Debian's apt, as root only.

Where that cannot be done the tests concerned are skipped and say why; with CI set they fail instead.
"""

import os
import shutil
import subprocess
import sys

NEEDS = {"chromium": ("chromium", "chromium-browser", "google-chrome"), "default-jre-headless": ("java",),
         "systemd": ("systemd-analyze",)}  # fmt: skip


def main():
    """Install each package of which no program is found."""
    absent = [
        package
        for package, programs in NEEDS.items()
        if not any(map(shutil.which, programs)) and not (package == "chromium" and os.environ.get("CRM_CHROMIUM"))
    ]
    if not absent:
        return 0
    if not shutil.which("apt-get") or os.geteuid() != 0:
        print(f"not installed, and apt as root is not to be had: {', '.join(absent)}; their tests will be skipped")
        return 0
    quiet = {"env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"}, "stdout": subprocess.DEVNULL}
    subprocess.run(["apt-get", "update", "-qq"], check=False, **quiet)
    return subprocess.run(
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *absent], check=False, **quiet
    ).returncode


if __name__ == "__main__":
    sys.exit(main())
