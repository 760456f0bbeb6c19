"""The newsroom and its people: settings checked, users, keys, and looking back at what was sent."""
