"""The language the services speak: every event, one file per owning service, and its envelope.

Models here only grow: a published field is never renamed, retyped or removed (tests/golden keeps one record of each
published version and checks that it still parses).
"""
