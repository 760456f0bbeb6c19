"""Notifications: the webhook's calls, mails to readers, alarms that are about no edition."""
