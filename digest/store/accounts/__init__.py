"""The people of the newsroom: users, sessions, and the audit of what they did."""
