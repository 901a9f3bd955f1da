"""Reminders: which one leaves when, for every account, and why not. Pure: no clock, no database.

Read `calendar` first (dates), then `plan` (the next step of an account), then `blocks` (why not).
"""
