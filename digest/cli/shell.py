"""Who types: the account of the operating system, for the audit."""

import os
import pwd


def shell_user() -> str:
    """Return who runs this process, by the kernel's word and not the environment's: "dana (command line)"."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except (KeyError, OSError):
        name = f"uid {os.getuid()}"
    given = os.environ.get("SUDO_USER", "") if os.getuid() == 0 else ""  # only root could have forged it
    return f"{given[:12]} as {name[:12]} (command line)" if given else f"{name[:25]} (command line)"
