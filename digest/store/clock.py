"""The database's own clock inside a statement: leases are measured by it, whoever holds them."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func

from digest.store.schema import UTCDateTime


def moment(connection: Connection, seconds: float = 0.0) -> ColumnElement[datetime]:
    """Return the time *seconds* from now by the database's clock, as an expression of type UTCDateTime."""
    if connection.dialect.name == "sqlite":
        # in the spelling in which SQLAlchemy keeps times there, so that comparing texts compares times
        return func.strftime("%Y-%m-%d %H:%M:%f000", "now", f"{seconds:+.3f} seconds", type_=UTCDateTime)
    clock: ColumnElement[datetime] = func.clock_timestamp(type_=UTCDateTime)
    return clock + func.make_interval(0, 0, 0, 0, 0, 0, seconds)
