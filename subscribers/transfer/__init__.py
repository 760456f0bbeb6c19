"""Lists in and out: CSV files of other systems read and imported, ours exported.

    file -> sheet (charset, delimiter, header) -> provider (whose columns) -> entries -> rules -> tables

A new system is one new file in `providers/`. An import never raises what a reader lowered.
"""
