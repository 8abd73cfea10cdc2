"""Professionals: who they are, where and when they attend, what they offer, and who is near."""
