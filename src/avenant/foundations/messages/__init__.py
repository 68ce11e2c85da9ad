"""Notices, e-mails and reminders."""
