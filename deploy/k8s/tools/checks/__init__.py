"""What no schema says of rendered manifests. Each check is given all objects of an overlay and yields what is wrong."""

from collections.abc import Callable, Iterator
from typing import Final

from deploy.k8s.tools.checks import databases, edges, pods, references, scaling, schedules
from deploy.k8s.tools.layout import Object

CHECKS: Final[tuple[Callable[[list[Object]], Iterator[str]], ...]] = (
    edges.selectors_find_their_pods,
    edges.services_lead_to_ports,
    edges.probes_ask_ports,
    edges.budgets_say_one_thing,
    edges.every_port_has_a_policy,
    pods.quantities_can_be_read,
    pods.probes_are_there,
    pods.images_have_tags,
    pods.pods_are_restricted,
    pods.traffic_is_given_time_to_leave,
    references.what_is_named_exists,
    references.topics_have_the_partitions_that_services_are_told,
    databases.poolers_and_replicas_exist,
    databases.poolers_keep_prepared_statements,
    databases.every_way_to_a_database_is_open,
    scaling.scalers_are_spelt_right,
    scaling.workers_do_not_outnumber_partitions,
    scaling.one_decides_how_many,
    schedules.schedules_can_be_read,
)


def problems(manifests: list[Object]) -> list[str]:
    """A line for each fault."""
    return [fault for check in CHECKS for fault in check(manifests)]
