"""Rendering of the configuration files; a name the template uses and nobody gives is an error."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError, select_autoescape

from localstack.errors import StackError


def render(template: Path, **context: object) -> str:
    """The text of `template` with `context` filled in; refuses a missing file or name."""
    if not template.is_file():
        raise StackError(f"the template {template} is missing")
    environment = Environment(
        loader=FileSystemLoader(template.parent),
        undefined=StrictUndefined,
        autoescape=select_autoescape(),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    try:
        return environment.get_template(template.name).render(**context)
    except TemplateError as error:
        raise StackError(f"the template {template} does not render: {error}") from error
