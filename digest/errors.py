"""The faults we raise on purpose, drawn as a tree.

    DigestError                     anything a person should read: what, where, what to do
     +-- ConfigError                the configuration is wrong; carries every fault at once
     +-- SourceError                a source could not be read
     |    +-- FetchError            the network, the server or a cap said no
     |    |    +-- BlockedAddress   the address is private, and the config does not allow it
     |    |         +-- BlockedPort a port other than 80 and 443
     |    +-- ParseError            what came back is no feed
     +-- WorkerError                a parser's process could not be started: this machine's fault, no source's
     +-- PictureError               a picture could not be made from what came back
     +-- TemplateError              a template is broken; carries its name and line
     +-- EditionError               the edition is not in the state that the act needs
     +-- DeliveryError              sending cannot go on
     |    +-- RelayError            the relay is away, refuses us, or speaks nonsense
     |    +-- LedgerError           the ledger could not be written (a full disk, a lost database)
     +-- MailboxError               the mailbox for bounces cannot be read; *person*: not without somebody's help
     +-- UserError                  a user of the desk cannot be made or changed so
     +-- UsageError                 what was asked for cannot be meant so: an option, a name, a column
     +-- PluginError                no such source type, signal, look, check or transport

Expected outcomes (an SMTP 451, a feed that is away) are values, not exceptions, wherever a run goes on
after them.
"""

from dataclasses import dataclass


class DigestError(Exception):
    """A fault that a person can act on: *what* happened, *where*, and what to *do* about it."""

    def __init__(self, what: str, *, where: str = "", do: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.do = do

    @property
    def words(self) -> str:
        """What happened and what to do, where the place is said already."""
        stop = "" if not self.do or self.what.endswith((".", "!", "?", ":")) else "."
        return f"{self.what}{stop} {self.do}" if self.do else self.what

    def __str__(self) -> str:
        return f"{self.where}: {self.words}" if self.where else self.words


@dataclass(frozen=True, slots=True)
class Fault:
    """One wrong setting: its dotted name, the line in the file (0 when from the environment), and why."""

    key: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.key}: {self.what}" if self.line else f"{self.key}: {self.what}"


class ConfigError(DigestError):
    """The configuration is wrong; *faults* lists everything at once, by name and line."""

    def __init__(self, what: str, *, where: str = "", do: str = "", faults: tuple[Fault, ...] = ()) -> None:
        super().__init__(what, where=where, do=do)
        self.faults = faults

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *(f"  {fault}" for fault in self.faults)])


class SourceError(DigestError):
    """A source could not be read."""


class FetchError(SourceError):
    """The network, the server or one of our caps said no."""


class TooLarge(FetchError):
    """The server answered, with more bytes than we read."""


class BlockedAddress(FetchError):
    """The address is private, and the configuration does not allow it."""


class DeniedAddress(BlockedAddress):
    """The configuration excludes the address, whatever else it allows."""


class BlockedPort(BlockedAddress):
    """The address is public, but its port is none of the web's, and the configuration does not allow it."""


class ParseError(SourceError):
    """What came back is no feed."""


class WorkerError(DigestError):
    """A process to parse in could not be started: no fault of what was to be read."""


class PictureError(DigestError):
    """A picture could not be made from what came back."""


class TemplateError(DigestError):
    """A template is broken; *where* names the template and the line."""


class EditionError(DigestError):
    """The edition is not in the state that the act needs."""


class DeliveryError(DigestError):
    """Sending cannot go on."""


class RelayError(DeliveryError):
    """The relay is away, refuses us, or speaks nonsense."""


class LedgerError(DeliveryError):
    """The ledger could not be written."""


class MailboxError(DigestError):
    """The mailbox that bounces come to cannot be read; *person*: somebody has to do something about it."""

    def __init__(self, what: str, *, where: str = "", do: str = "", person: bool = False) -> None:
        super().__init__(what, where=where, do=do)
        self.person = person


class UserError(DigestError):
    """A user of the desk cannot be made or changed so."""


class UsageError(DigestError):
    """What was asked for cannot be meant so: an option, a name, a column. The program ends with 2."""


class PluginError(DigestError):
    """There is no such source type, signal, look, check or transport."""
