"""One input tried: what is a finding, which findings are one, and how they are kept."""

import hashlib
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz.mutation import minimised
from tests.fuzz.targets import Target

ROOT = Path(__file__).parents[2]
MINIMISING = 20.0  # seconds of CPU time for one finding, at most


def fault(target: Target, data: bytes) -> tuple[str, str]:
    """Return what is wrong with how *data* was taken, as (key, words); ("", "") where nothing is.

    The key is one for inputs that fail alike: the kind of exception and where in our code it passed last.
    """
    begun = time.process_time()
    try:
        target.one(data)
    except Exception as problem:
        lines = traceback.extract_tb(problem.__traceback__)
        ours = [
            frame for frame in lines if frame.filename.startswith((f"{ROOT}/digest", f"{ROOT}/subscribers"))
        ]
        last = (ours or lines)[-1]
        where = f"{Path(last.filename).stem}.{last.name}"
        told = str(problem) if isinstance(problem, AssertionError) else ""
        key = f"{type(problem).__name__}-{where}-{hashlib.sha256(told[:30].encode()).hexdigest()[:4]}"
        return key, f"{type(problem).__name__} in {where}: {str(problem)[:200]}"
    taken = time.process_time() - begun
    if taken > target.seconds:
        return f"slow-{data[:2].hex()}-{len(data).bit_length()}", f"took {taken:.1f} s for {len(data)} bytes"
    return "", ""


@dataclass
class Findings:
    """The findings of one run, each kept once in *folder*, as short as it could be made."""

    folder: Path
    target: Target
    known: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.known |= {file.stem for file in self.folder.glob("*.txt")}

    def tried(self, data: bytes) -> None:
        """Try *data*, and keep it where it is a new finding."""
        key, words = fault(self.target, data)
        if key and key not in self.known:
            self.known.add(key)
            self.keep(key, words, data if key.startswith("slow") else self._shortest(data, key))

    def keep(self, key: str, words: str, data: bytes) -> None:
        (self.folder / f"{key}.bin").write_bytes(data)
        (self.folder / f"{key}.txt").write_text(
            f"{self.target.name}: {words}\n", encoding="utf-8", errors="replace"
        )
        print(f"finding: {self.target.name}: {words}", flush=True)

    def _shortest(self, data: bytes, key: str) -> bytes:
        end = time.process_time() + MINIMISING
        return minimised(data, lambda part: time.process_time() < end and fault(self.target, part)[0] == key)
