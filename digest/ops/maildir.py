"""What is wrong with a folder that mails are to be read from as a Maildir."""

from pathlib import Path


def fault(folder: Path) -> str:
    """Return why *folder* cannot be read as a Maildir, "" where it can."""
    missing = [name for name in ("new", "cur") if not (folder / name).is_dir()]
    return f"{folder} is no Maildir: it has no {' and no '.join(missing)}" if missing else ""
