"""What `digest check` looks at, one file a group; the file name is its registration.

A check is a public module here with `PLACE`, its place in the list, and `look(app, offline) -> Iterator[Finding]`.
It sends nothing, changes nothing, and never raises: what could not be looked at is a finding, too. *offline*
says that nothing beyond this machine and the relays may be asked.
"""
