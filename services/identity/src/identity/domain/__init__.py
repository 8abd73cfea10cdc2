"""The pure rules of accounts, sessions, attempts and one-time codes; time is an argument."""
