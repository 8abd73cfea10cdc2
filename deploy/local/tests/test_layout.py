"""Where things are: paths that are too long, and what is remembered."""

from pathlib import Path

import pytest

from localstack.errors import StackError
from localstack.layout import SOCKET_FOLDER_LIMIT, Layout
from localstack.postgres import home_for


def test_sockets_stay_at_home_when_the_path_is_short() -> None:
    layout = Layout(Path("/srv/barberpro/.local"))
    assert layout.sockets == layout.run


def test_sockets_move_when_the_path_is_too_long_for_them(tmp_path: Path) -> None:
    layout = Layout(tmp_path / ("long" * 20))
    layout.make_sockets()
    try:
        assert layout.sockets == layout.elsewhere / "run"
        assert len(str(layout.sockets)) <= SOCKET_FOLDER_LIMIT
        assert layout.sockets.is_dir()
    finally:
        layout.sockets.rmdir()
        layout.elsewhere.rmdir()


def test_a_path_that_a_configuration_cannot_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StackError, match=r"holds '%' and ','; choose another folder with --dir"):
        Layout(tmp_path / "100%, here").make()


def test_two_stacks_never_share_a_folder(tmp_path: Path) -> None:
    assert Layout(tmp_path / "one").elsewhere != Layout(tmp_path / "two").elsewhere


def test_what_up_decided_is_remembered(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    assert layout.remembered() == {}
    layout.remember(port_offset=2000)
    layout.remember(postgres_home="/srv/pg")
    assert Layout(tmp_path).remembered() == {"port_offset": 2000, "postgres_home": "/srv/pg"}


def test_postgres_stays_where_its_data_is(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    (tmp_path / "elsewhere" / "data").mkdir(parents=True)
    layout.remember(postgres_home=str(tmp_path / "elsewhere"))
    assert home_for(layout, user=None) == tmp_path / "elsewhere"
