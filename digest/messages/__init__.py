"""An edition in, one reader's wire bytes out: rendered once, compiled once, filled for each reader.

    render.rendered     Jinja -> MJML (mjml.py, in its own process) -> styles inlined; the text part beside it
    compile.compiled    the whole MIME message as segments of wire bytes, slots and sections open
    personal.message    one reader's mail: a section mask, three links, four header lines
    system.mail         our own short mails: confirmations, tests, alarms

To add a look: `templates/editions/<name>.mjml` and `<name>.txt` (and `<name>.css`, where `parts/theme.css` will
not do), then `template = "<name>"`. To add a language: `templates/words/<language>.toml`. The tests run over
every file in those folders.
"""
