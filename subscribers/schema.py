"""The tables that hold personal data and its promises."""

from sqlalchemy import MetaData

metadata = MetaData()
