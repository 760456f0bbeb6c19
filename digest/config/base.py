"""What every table of settings is."""

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """A table of settings: unknown keys are refused, and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
