"""The judge: are the promises I1-I9 kept? Asked of databases, Kafka and the sandbox's records, not of the services."""

from localstack.verify.judge import judge
from localstack.verify.verdict import Verdict

__all__ = ["Verdict", "judge"]
