"""The rules of a provider's profile, services and hours; pure, time is an argument."""
