"""The sample newsroom's configuration, written as a newsroom would write it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

AHEAD = timedelta(minutes=90)  # at least so long before its send does a visitor find the draft on the desk
QUARTER = timedelta(minutes=15)

TEMPLATE = """\
# The sample newsroom. `digest demo` wrote this file; it works for every other command, too:
#     digest --config {folder}/config.toml show morning --explain
# Its feeds and its relay answer only while the demo runs. Relative paths begin at this file.

[site]
name = "The Averne Courier"
url = "http://127.0.0.1:{web_port}"
data = "data"
keys_file = "data/keys"

[database]
url = "sqlite:///data/digest.db"

[fetch]
contact = "newsroom@courier.example"
interval = "5m"
timeout = "60s"

[web]
port = {web_port}

[readers]
test_domains = true
forms_on = ["{courier}"]

[alarms]
mail = ["desk@courier.example"]

# Our own paper: two feeds, of which some articles are in both.
[sources.courier-news]
url = "{courier}/feeds/news.xml"
allow_private = ["{courier_at}"]
outlet = "The Averne Courier"
language = "en"

[sources.courier-desk]
url = "{courier}/feeds/arts-and-science.atom"
allow_private = ["{courier_at}"]
outlet = "The Averne Courier"
language = "en"

# Others, to whom we only listen.
[sources.wire]
url = "{wire}/index.rdf"
allow_private = ["{wire_at}"]
outlet = "Coastline Wire"
language = "en"

[sources.post]
url = "{post}/feed.json"
allow_private = ["{post_at}"]
outlet = "The Eastmoor Post"
language = "en"

[sources.boker]
url = "{boker}/he/rss.xml"
allow_private = ["{boker_at}"]
outlet = "אוורן בעברית"
language = "he"

[newsletters.morning]
archive = "public"
title = "The Averne Courier"
tagline = "The morning edition"
language = "en"
sources = ["courier-news", "courier-desk"]
witnesses = ["wire", "post"]
top = 5
brief = 4
why = "You get this mail because you signed up for the morning edition of The Averne Courier."
editors = ["desk@courier.example"]
links = {{ utm_source = "morning", utm_medium = "email", utm_campaign = "daily" }}

[newsletters.morning.ranking]
local = ["Averne"]

[newsletters.morning.schedule]
time = "{time}"
zone = "UTC"
lead = "60m"
freeze = "10m"{approval}

[newsletters.morning.sender]
address = "morning@courier.example"
name = "The Averne Courier"
reply_to = "desk@courier.example"
bounces = "bounces.courier.example"
unsubscribe_by_mail = true  # the demo's catcher takes such a mail
list_id = "morning.courier.example"
owner = "postmaster@courier.example"
postal = "The Averne Courier, 12 Chandler's Row, Averne"

[[newsletters.morning.sections]]
name = "city"
title = "The City"
colour = "#8A3324"
stories = 3
categories = ["City"]

[[newsletters.morning.sections]]
name = "politics"
title = "Politics"
colour = "#5B2A86"
stories = 2
categories = ["Politics"]

[[newsletters.morning.sections]]
name = "business"
title = "Business"
colour = "#1B5E20"
stories = 2
categories = ["Business"]

[[newsletters.morning.sections]]
name = "world"
title = "World"
colour = "#0B5FA5"
stories = 2
categories = ["World"]

[[newsletters.morning.sections]]
name = "culture"
title = "Culture"
colour = "#9C1F4A"
layout = "cards"
stories = 2
categories = ["Culture"]

[[newsletters.morning.sections]]
name = "science"
title = "Science"
colour = "#00695C"
layout = "thumbnails"
stories = 2
categories = ["Science"]

[[newsletters.morning.sections]]
name = "sport"
title = "Sport"
colour = "#A04000"
stories = 1
categories = ["Sport"]

[newsletters.minutes]
archive = "public"
title = "Averne in Three Minutes"
language = "en"
sources = ["courier-news", "courier-desk"]
witnesses = ["wire", "post"]
top = 4
brief = 4
why = "You get this mail because you asked for the short edition of The Averne Courier."
editors = ["desk@courier.example"]
links = {{ utm_source = "minutes", utm_medium = "email" }}

[newsletters.minutes.schedule]
time = "06:00"
zone = "UTC"

[newsletters.minutes.sender]
address = "minutes@courier.example"
name = "The Averne Courier"
reply_to = "desk@courier.example"
bounces = "bounces.courier.example"
unsubscribe_by_mail = true  # the demo's catcher takes such a mail
list_id = "minutes.courier.example"
owner = "postmaster@courier.example"
postal = "The Averne Courier, 12 Chandler's Row, Averne"

[newsletters.minutes.look]
template = "briefing"

[[newsletters.minutes.sections]]
name = "averne"
title = "Averne"
stories = 3
colour = "#8A3324"
categories = ["City", "Politics", "Business"]

[[newsletters.minutes.sections]]
name = "beyond"
title = "Beyond"
stories = 3
colour = "#0B5FA5"
categories = ["World", "Culture", "Science", "Sport"]

[newsletters.boker]
archive = "public"
title = "בוקר טוב אוורן"
tagline = "המהדורה העברית של קוריר אוורן"
language = "he"
sources = ["boker"]
top = 4
brief = 3
why = "קיבלת את הדיוור הזה כי נרשמת למהדורת הבוקר בעברית של קוריר אוורן."
editors = ["desk@courier.example"]
links = {{ utm_source = "boker", utm_medium = "email" }}

[newsletters.boker.schedule]
time = "06:00"
zone = "UTC"
days = ["sun", "mon", "tue", "wed", "thu", "fri"]

[newsletters.boker.sender]
address = "boker@courier.example"
name = "בוקר טוב אוורן"
reply_to = "desk@courier.example"
bounces = "bounces.courier.example"
unsubscribe_by_mail = true  # the demo's catcher takes such a mail
list_id = "boker.courier.example"
owner = "postmaster@courier.example"
postal = "קוריר אוורן, שדרת הספנים 12, אוורן"

[newsletters.boker.look]
template = "magazine"
accent = "#8A3324"
accent_dark = "#F0A48F"

[[newsletters.boker.sections]]
name = "city"
title = "בעיר"
categories = ["העיר"]

[[newsletters.boker.sections]]
name = "culture"
title = "תרבות ומדע"
categories = ["תרבות", "מדע"]

[[newsletters.boker.sections]]
name = "money"
title = "כלכלה ופוליטיקה"
categories = ["כלכלה", "פוליטיקה"]

[[newsletters.boker.sections]]
name = "sport"
title = "ספורט"
categories = ["ספורט"]

[relays.main]
host = "127.0.0.1"
port = {smtp_port}
security = "none"
helo = "mail.courier.example"
"""


def config_toml(
    base_urls: Mapping[str, str],
    smtp_port: int,
    web_port: int,
    folder: Path,
    *,
    at: datetime | None = None,
) -> str:
    """Return a whole configuration: *base_urls* by outlet, the catcher's and the web's port; *folder* will hold it.

    With *at* the morning edition is due then and waits for a person; otherwise it runs by itself.
    """
    where = "".join(mark for mark in folder.as_posix() if mark.isprintable())  # it is only named in a comment
    return TEMPLATE.format(
        **base_urls,
        **{f"{name}_at": url.removeprefix("http://") for name, url in base_urls.items()},
        smtp_port=smtp_port,
        web_port=web_port,
        folder=where,
        time=f"{at:%H:%M}" if at else "06:00",
        approval='\napproval = "one"' if at else "",
    )


def soon(now: datetime) -> datetime:
    """Return the full quarter of an hour that is AHEAD of *now*, or a little later."""
    ahead = now + AHEAD
    past = timedelta(minutes=ahead.minute % 15, seconds=ahead.second, microseconds=ahead.microsecond)
    return ahead if not past else ahead - past + QUARTER
